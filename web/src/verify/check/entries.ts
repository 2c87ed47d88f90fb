/** Each entry of a bundle: its details where they are there, its place in the log; then the capture's chain whole. */
import { fromHex } from "../../lib/bytes";
import type { Policy } from "../../lib/log/policy";
import { type Proven, verifyProof } from "../../lib/log/proof";
import { BadProof } from "../../lib/log/proof-fault";
import type { Bag } from "./bag";
import { type Details, type Entry, detailsMatch, entryHash, entryOf, nameOf } from "./entry";
import { Fault } from "./fault";

export interface Checked {
  entry: Entry;
  sha256: string;
  details: Details | null;
  proven: Proven;
}

const REQUEST = "bundle.requested";

export async function checkEntries(bag: Bag, policy: Policy, index: Record<string, unknown>): Promise<Checked[]> {
  const found: Checked[] = [];
  for (const path of bag.paths("custody/")) found.push(await checkEntry(bag, path, policy));
  const chain = chainOf(found);
  const first = chain[0];
  if (!first) throw new Fault("chain_empty");
  if (first.entry.chain.id !== index.capture_id) throw new Fault("chain_of_another", { chain: nameOf(first.entry) });
  checkLinks(chain);
  const asked = chain.filter(({ entry }) => entry.kind === REQUEST);
  if (!asked.some(({ details }) => details === null || details.bundle_id === index.bundle_id))
    throw new Fault("chain_end", { chain: nameOf(first.entry) });
  return found;
}

/** The capture's own entries, in their order. */
export function chainOf(entries: Checked[]): Checked[] {
  return entries.filter(({ entry }) => entry.chain.type === "capture").sort((one, other) => one.entry.seq - other.entry.seq);
}

async function checkEntry(bag: Bag, path: string, policy: Policy): Promise<Checked> {
  const document = await bag.json(path);
  const entry = entryOf(document.entry);
  const { salt, details, proof } = document as { salt: unknown; details: Details | null; proof: unknown };
  const right =
    entry !== null &&
    typeof proof === "string" &&
    (salt === null || typeof salt === "string") &&
    (details === null || (typeof details === "object" && !Array.isArray(details)));
  if (!right) throw new Fault("bundle_entry_malformed", { file: path });
  const where = { chain: nameOf(entry), seq: entry.seq };
  if (details !== null && (typeof salt !== "string" || !(await detailsMatch(entry, salt, details))))
    throw new Fault("details_changed", where);
  const sha256 = await entryHash(entry);
  try {
    return { entry, sha256, details, proven: await provenBy(proof, sha256, policy) };
  } catch (error) {
    throw error instanceof BadProof ? new Fault("proof_fails", { ...where, reason: error.message }) : error;
  }
}

/** The log's signature suffices; whether the quorum cosigned is reported, by its witnesses' names (protocol, section 9). */
export async function provenBy(proof: string, sha256: string, policy: Policy): Promise<Proven> {
  try {
    return await verifyProof(proof, fromHex(sha256), policy);
  } catch (error) {
    if (!(error instanceof BadProof) || error.code !== "quorum_missing") throw error;
    const alone: Policy = { logs: policy.logs, witnesses: new Map(), groups: [], quorum: "none" };
    return verifyProof(proof, fromHex(sha256), alone);
  }
}

function checkLinks(chain: Checked[]): void {
  let before: Checked | null = null;
  for (const [place, one] of chain.entries()) {
    const { entry } = one;
    const chainName = nameOf(chain[0]!.entry);
    const refuse = (code: "chain_seq" | "chain_prev" | "chain_clock" | "chain_chain"): never => {
      throw new Fault(code, { chain: chainName, seq: place + 1 });
    };
    if (entry.seq !== place + 1) refuse("chain_seq");
    if (entry.prev !== (before?.sha256 ?? null)) refuse("chain_prev");
    if (before && entry.at < before.entry.at) refuse("chain_clock");
    if (before && (nameOf(entry) !== nameOf(before.entry) || entry.agency_id !== before.entry.agency_id)) refuse("chain_chain");
    before = one;
  }
}
