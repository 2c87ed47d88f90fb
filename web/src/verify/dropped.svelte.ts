/** What somebody dropped, what it is, and what came of checking it. Nothing leaves this page. */
import { type Policy, readPolicy } from "../lib/log/policy";
import { sha256OfPieces } from "../lib/hash";
import type { Bytes } from "../lib/bytes";
import { type BundleReport, checkBundle } from "./check/bundle";
import { Fault } from "./check/fault";
import { type ReceiptReport, checkReceipt } from "./check/receipt";
import { type Source, openZip } from "./check/zip";

export type Kind = "bundle" | "receipt" | "photo";

export type Verdict =
  | { kind: "bundle"; report: BundleReport }
  | { kind: "receipt"; report: ReceiptReport }
  | { kind: "photo"; sha256: string }
  | { kind: Kind; fault: Fault };

/** A verified document that names a file. */
export interface Place {
  kind: "bundle" | "receipt";
  folio: string;
  name: string;
  vouched: boolean;
}

const LARGEST_TEXT = 16 * 1024 * 1024; // bytes: a receipt or a policy is far smaller
const PIECE = 4 * 1024 * 1024;
const POLICY_LINE = /^(log|witness|group|quorum)[ \t]/m;

let next = 0;

export class Dropped {
  readonly id = next++;
  readonly name: string;
  kind = $state<Kind>("photo");
  verdict = $state.raw<Verdict | null>(null);
  progress = $state.raw<{ done: number; total: number } | null>(null);
  #round = 0;

  constructor(readonly file: File) {
    this.name = file.name;
  }

  /** Checks it by `policy`; an earlier check that is still running is forgotten. */
  async check(policy: Policy | null): Promise<void> {
    const round = ++this.#round;
    this.verdict = null;
    this.progress = null;
    const verdict = await this.#judged(policy, (done, total) => {
      if (round === this.#round) this.progress = { done, total };
    });
    if (round === this.#round) this.verdict = verdict;
  }

  async #judged(policy: Policy | null, progress: (done: number, total: number) => void): Promise<Verdict> {
    try {
      if (meantAsBundle(this.file)) this.kind = "bundle";
      const bundle = await bundleIn(this.file);
      if (bundle) {
        this.kind = "bundle";
        return { kind: "bundle", report: await checkBundle(bundle, policy, progress) };
      }
      const receipt = await receiptIn(this.file);
      if (receipt !== null) {
        this.kind = "receipt";
        return { kind: "receipt", report: await checkReceipt(receipt, policy) };
      }
      this.kind = "photo";
      return { kind: "photo", sha256: await sha256OfPieces(piecesOf(this.file, progress), this.file.size) };
    } catch (error) {
      if (error instanceof Fault) return { kind: this.kind, fault: error };
      throw error;
    }
  }
}

class Desk {
  dropped = $state<Dropped[]>([]);
  policy = $state.raw<{ name: string; policy: Policy } | null>(null);
  policyFault = $state.raw<{ name: string; reason: string } | null>(null);
  unread = $state.raw<string | null>(null);

  /** Takes files in; a policy makes everything be checked again by it. */
  async take(files: Iterable<File>): Promise<void> {
    const fresh: Dropped[] = [];
    this.unread = null;
    for (const file of files) {
      try {
        if (!(await this.#policyFrom(file))) fresh.push(new Dropped(file));
      } catch {
        this.unread = file.name;
      }
    }
    this.dropped = [...fresh, ...this.dropped];
    for (const one of fresh) void this.#check(one);
  }

  forgetPolicy(): void {
    this.policy = null;
    this.#checkAll();
  }

  remove(id: number): void {
    this.dropped = this.dropped.filter((one) => one.id !== id);
  }

  /** The documents here that hold and name this hash. */
  placesOf(sha256: string): Place[] {
    return this.dropped.flatMap(({ name, verdict }) => {
      if (verdict === null || "fault" in verdict || verdict.kind === "photo") return [];
      const lines = verdict.kind === "bundle" ? verdict.report.originals : verdict.report.lines;
      const vouched = verdict.kind === "bundle" ? !verdict.report.own_policy : verdict.report.vouched;
      if (!lines.some((line) => line.sha256 === sha256)) return [];
      return [{ kind: verdict.kind, folio: verdict.report.folio, name, vouched }];
    });
  }

  get hasDocuments(): boolean {
    return this.dropped.some(({ verdict }) => verdict !== null && verdict.kind !== "photo");
  }

  async #policyFrom(file: File): Promise<boolean> {
    if (file.size > LARGEST_TEXT) return false;
    const text = await file.text();
    if (text.includes("\0") || text.trimStart().startsWith("{") || !POLICY_LINE.test(text)) return false;
    try {
      this.policy = { name: file.name, policy: await readPolicy(text) };
      this.policyFault = null;
    } catch (error) {
      this.policyFault = { name: file.name, reason: error instanceof Error ? error.message : "" };
      return true;
    }
    this.#checkAll();
    return true;
  }

  #checkAll(): void {
    for (const one of this.dropped) if (one.kind !== "photo" || one.verdict === null) void this.#check(one);
  }

  async #check(one: Dropped): Promise<void> {
    try {
      await one.check(this.policy?.policy ?? null);
    } catch {
      // The browser could not read the file: it was moved or its disk was taken away.
      this.unread = one.name;
      this.remove(one.id);
    }
  }
}

export const desk = new Desk();

const meantAsBundle = (file: File): boolean => file.name.toLowerCase().endsWith(".zip");

/** The zip as a bundle; null for what is no zip, or a zip of another kind, as an X3P scan is one. */
async function bundleIn(file: File): Promise<Source | null> {
  const start = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  if (String(start) !== "80,75,3,4") return null;
  const meant = meantAsBundle(file);
  try {
    const source = await openZip(file, file.name);
    return meant || source.names().includes("bagit.txt") ? source : null;
  } catch (error) {
    if (meant) throw new Fault("bundle_unreadable", error instanceof Fault ? error.facts : { file: file.name, reason: "" });
    return null;
  }
}

async function receiptIn(file: File): Promise<unknown> {
  if (file.size > LARGEST_TEXT || file.size === 0) return null;
  const start = new Uint8Array(await file.slice(0, 64).arrayBuffer());
  if (!/^\s*\{/.test(String.fromCharCode(...start))) return null;
  try {
    return JSON.parse(await file.text()) as unknown;
  } catch {
    throw new Fault("receipt_malformed");
  }
}

async function* piecesOf(file: File, progress: (done: number, total: number) => void): AsyncIterable<Bytes> {
  for (let at = 0; at < file.size; at += PIECE) {
    yield new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer());
    progress(Math.min(at + PIECE, file.size), file.size);
  }
}
