/** A receipt, alone: by a policy from elsewhere; or, without one, whether it agrees with itself. */
import { fromB64url, fromHex, hex, joined } from "../../lib/bytes";
import { sha256 } from "../../lib/hash";
import { folioOf } from "../../lib/ids";
import { leafHash, verifyInclusion } from "../../lib/log/merkle";
import { split } from "../../lib/log/note";
import type { Policy } from "../../lib/log/policy";
import { readCheckpoint, readProof } from "../../lib/log/proof";
import { BadProof } from "../../lib/log/proof-fault";
import { provenBy } from "./entries";
import { entryHash, entryOf } from "./entry";
import { Fault } from "./fault";
import { jcs } from "./jcs";

export interface ReceiptLine {
  id: string;
  sha256: string;
  size: number;
  state: string;
}

/** `vouched` is false without a policy: then nobody knows whose signature stands under it. */
export interface ReceiptReport {
  folio: string;
  capture_id: string;
  agency_id: string;
  manifest_sha256: string;
  at: string;
  lines: ReceiptLine[];
  log: string;
  index: number;
  log_size: number;
  witnesses: string[];
  vouched: boolean;
}

const SECURED = ["capture.secured", "capture.secured_partial"];

/** Checks a receipt (`openapi/schemas/receipt-1.json`); `Fault` names the first thing that fails. */
export async function checkReceipt(value: unknown, policy: Policy | null): Promise<ReceiptReport> {
  const receipt = (value ?? {}) as Record<string, unknown>;
  const entry = entryOf(receipt.entry);
  const details = receipt.details as { manifest_sha256?: unknown; media?: ReceiptLine[] } | null;
  const { salt, proof } = receipt;
  const right = entry && details && receipt.v === 1 && SECURED.includes(entry.kind) && Array.isArray(details.media);
  if (!right || typeof salt !== "string" || typeof proof !== "string") throw new Fault("receipt_malformed");
  if (receipt.manifest_sha256 !== details.manifest_sha256) throw new Fault("receipt_other_manifest");
  if ((await saltedHash(salt, details)) !== entry.details_sha256) throw new Fault("receipt_details_changed");
  const place = await placeOf(proof, await entryHash(entry), policy);
  return {
    folio: await folioOf(entry.chain.id),
    capture_id: entry.chain.id,
    agency_id: entry.agency_id,
    manifest_sha256: String(details.manifest_sha256),
    at: entry.at,
    lines: details.media ?? [],
    vouched: policy !== null,
    ...place,
  };
}

async function saltedHash(salt: string, details: object): Promise<string> {
  try {
    return hex(await sha256(joined(fromB64url(salt), jcs(details))));
  } catch {
    throw new Fault("receipt_malformed");
  }
}

async function placeOf(
  proof: string,
  hash: string,
  policy: Policy | null,
): Promise<Pick<ReceiptReport, "log" | "index" | "log_size" | "witnesses">> {
  try {
    const proven = policy ? await provenBy(proof, hash, policy) : await unvouched(proof, hash);
    const { checkpoint, index, witnesses } = proven;
    return { log: checkpoint.origin, index, log_size: checkpoint.size, witnesses };
  } catch (error) {
    if (!(error instanceof BadProof)) throw error;
    const unknown = error.code === "not_signed";
    throw unknown ? new Fault("receipt_key_unknown") : new Fault("receipt_proof_fails", { reason: error.message });
  }
}

/** The entry stands under the checkpoint that came with it; who signed that is not asked. */
async function unvouched(proof: string, hash: string) {
  const { index, path, note } = readProof(proof);
  const checkpoint = readCheckpoint(split(note).text);
  await verifyInclusion(await leafHash(fromHex(hash)), { index, size: checkpoint.size, path, root: checkpoint.root });
  return { index, checkpoint, witnesses: [] };
}
