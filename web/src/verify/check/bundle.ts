/**
 * Checks a court bundle alone: no network, no service (protocol, section 10). The twin of the service's own
 * `casquillo verify bundle`; both are held to the same altered bundles (`tests/unit/vectors/bundles.json`).
 */
import { type Policy, readPolicy } from "../../lib/log/policy";
import { BadProof } from "../../lib/log/proof-fault";
import { type Bag, type Progress, checkBag } from "./bag";
import { type Checked, chainOf, checkEntries } from "./entries";
import { Fault } from "./fault";
import { type Signed, checkManifests } from "./manifests";
import type { Source } from "./zip";

export interface OriginalLine {
  media_id: string;
  of: string;
  sha256: string;
  size: number;
  content_type: string;
  state: string;
  path: string | null;
}

export interface Withheld {
  what: string;
  which: string;
  why: string;
}

/** What held. `own_policy` means that nobody outside vouched for the log's key. */
export interface BundleReport {
  bundle_id: string;
  capture_id: string;
  agency_id: string;
  folio: string;
  profile: string;
  made_at: string;
  entries: { seq: number; at: string; kind: string; role: string; open: boolean; expunged: boolean }[];
  originals: OriginalLine[];
  signed: Signed[];
  withheld: Withheld[];
  log: string;
  log_size: number;
  witnesses: string[];
  own_policy: boolean;
  /** Whether a timestamp authority's token comes along; it is for openssl to judge. */
  stamped: boolean;
}

const SECURED = ["capture.secured", "capture.secured_partial"];
/** Entries that name a file by its hash once its bytes were here. */
const VOUCHING = ["media.verified", "media.quarantined", "media.received", ...SECURED];
const DECISION = "decision.made";

/** Checks everything in the bag; `Fault` names the first thing that fails. `trusted` is a policy from outside the bag. */
export async function checkBundle(source: Source, trusted: Policy | null, progress: Progress = () => undefined): Promise<BundleReport> {
  const bag = await checkBag(source, progress);
  const index = await bag.json("bundle.json");
  const policy = trusted ?? (await ownPolicy(bag));
  const entries = await checkEntries(bag, policy, index);
  const signed = await checkManifests(bag, index, entries);
  const originals = checkOriginals(bag, index, entries);
  checkWorksheets(bag, entries);
  return { ...reportOf(index, entries), originals, signed, own_policy: trusted === null, stamped: bag.hashes.has("log/timestamp.tsr") };
}

async function ownPolicy(bag: Bag): Promise<Policy> {
  try {
    return await readPolicy(await bag.text("log/policy"));
  } catch (error) {
    throw error instanceof BadProof ? new Fault("policy_unusable", { reason: error.message }) : error;
  }
}

/** Each original has the hash of its line, an entry vouches for it, and each file that an entry secured has a line. */
function checkOriginals(bag: Bag, index: Record<string, unknown>, entries: Checked[]): OriginalLine[] {
  const lines = index.originals as OriginalLine[];
  if (!Array.isArray(lines) || lines.some((line) => typeof line?.sha256 !== "string" || line.path === undefined))
    throw new Fault("index_malformed", { file: "bundle.json" });
  for (const { path, sha256 } of lines)
    if (path !== null && bag.hashes.get(path) !== sha256) throw new Fault("original_differs", { file: path });
  for (const { of, id, sha256 } of secured(entries)) {
    const line = lines.find((one) => one.of === of && one.media_id === id);
    if (line?.sha256 !== sha256) throw new Fault("original_missing", { media: id });
  }
  const vouching = entries.filter(({ entry }) => VOUCHING.includes(entry.kind));
  if (vouching.every(({ details }) => details !== null)) {
    const spoken = new Set(vouching.flatMap(({ details }) => [details?.sha256, ...linesOf(details).map((one) => one.sha256)]));
    const listed = new Set(lines.map((line) => line.path));
    for (const { path, sha256 } of lines)
      if (path !== null && !spoken.has(sha256)) throw new Fault("original_unspoken", { file: path });
    for (const path of bag.paths("originals/")) if (!listed.has(path)) throw new Fault("original_unspoken", { file: path });
  }
  return lines;
}

interface SecuredLine {
  id: string;
  sha256: string;
}

function linesOf(details: Checked["details"]): SecuredLine[] {
  return Array.isArray(details?.media) ? (details.media as SecuredLine[]) : [];
}

function secured(entries: Checked[]): { of: string; id: string; sha256: string }[] {
  return entries
    .filter(({ entry }) => SECURED.includes(entry.kind))
    .flatMap(({ details }) => linesOf(details).map((line) => ({ of: String(details?.manifest_sha256), ...line })));
}

/** Each approved copy hashes to the digest in its name, and a decision was made over that digest. */
function checkWorksheets(bag: Bag, entries: Checked[]): void {
  const decisions = entries.filter(({ entry }) => entry.kind === DECISION);
  const decided = new Set(decisions.map(({ details }) => details?.digest));
  const closed = decisions.some(({ details }) => details === null);
  for (const file of bag.paths("worksheets/")) {
    const sha256 = bag.hashes.get(file);
    if (!file.endsWith(`-${sha256}.json`)) throw new Fault("worksheet_changed", { file });
    if (!closed && !decided.has(sha256)) throw new Fault("worksheet_undecided", { file });
  }
}

function reportOf(index: Record<string, unknown>, entries: Checked[]): Omit<BundleReport, "originals" | "signed" | "own_policy" | "stamped"> {
  const chain = chainOf(entries);
  const withheld = (Array.isArray(index.withheld) ? index.withheld : []) as Withheld[];
  const expunged = new Set(withheld.filter(({ what, why }) => what === "details" && why === "expunged").map((one) => one.which));
  const text = (name: string) => (typeof index[name] === "string" ? index[name] : "");
  const seen = chain.map(({ proven }) => proven.witnesses);
  return {
    bundle_id: text("bundle_id"),
    capture_id: text("capture_id"),
    agency_id: text("agency_id"),
    folio: text("folio"),
    profile: text("profile"),
    made_at: text("made_at"),
    entries: chain.map(({ entry, details }) => ({
      seq: entry.seq,
      at: entry.at,
      kind: entry.kind,
      role: entry.actor.role ?? entry.actor.type,
      open: details !== null,
      expunged: expunged.has(entry.entry_id),
    })),
    withheld,
    log: chain.at(-1)?.proven.checkpoint.origin ?? "",
    log_size: Math.max(...chain.map(({ proven }) => proven.checkpoint.size)),
    witnesses: (seen[0] ?? []).filter((name) => seen.every((names) => names.includes(name))).sort(),
  };
}
