/**
 * The receipt: that a manifest's files are kept, said in a custody entry that stands in the log (protocol, section 9).
 * Nothing is deleted before this has verified it. Loaded when the first receipt comes, and by the public verifier.
 */
import { fromB64url, fromHex, hex, joined } from "./bytes";
import { canonical } from "./canonical";
import { sha256, sha256Hex } from "./hash";
import { type Policy, logAlone } from "./log/policy";
import { type Proven, verifyProof } from "./log/proof";
import { BadProof } from "./log/proof-fault";
import type { Receipt } from "./schema";
import type { Pinned } from "./store";

const SECURED = ["capture.secured", "capture.secured_partial"];
/** The states in which the right bytes are locked: the phone may delete its copy. */
const KEPT = ["secured", "quarantined"];

export interface ReceiptLine {
  id: string;
  sha256: string;
  size: number;
  state: string;
  /** Whether the right bytes of this file are locked in the store. */
  kept: boolean;
}

export interface VerifiedReceipt {
  capture_id: string;
  manifest_sha256: string;
  at: string;
  agency_id: string;
  lines: ReceiptLine[];
  proven: Proven;
}

/** What the phone asks of a receipt: its own manifest, its own agency, the log that it pinned. */
export async function verifyOwnReceipt(
  receipt: unknown,
  expected: { capture_id: string; manifest_sha256: string; agency_id: string },
  pinned: Pinned,
): Promise<VerifiedReceipt> {
  const found = await verifyReceipt(receipt, await logAlone(pinned.log_keys, pinned.witness_keys));
  if (found.capture_id !== expected.capture_id || found.manifest_sha256 !== expected.manifest_sha256)
    throw new BadProof("other_manifest");
  if (found.agency_id !== expected.agency_id) throw new BadProof("other_agency");
  return found;
}

/** Verifies a receipt offline by a policy; `BadProof` names what fails. Anyone may do this. */
export async function verifyReceipt(receipt: unknown, policy: Policy): Promise<VerifiedReceipt> {
  const { capture_id, manifest_sha256, entry, salt, details, proof } = formOf(receipt);
  const detailsHash = hex(await sha256(joined(bytesOf(salt), bytesOfDocument(details))));
  if (detailsHash !== entry.details_sha256) throw new BadProof("details_differ");
  if (!SECURED.includes(entry.kind)) throw new BadProof("other_act", entry.kind);
  if (details.manifest_sha256 !== manifest_sha256) throw new BadProof("other_manifest");
  const entryHash = fromHex(await sha256Hex(bytesOfDocument(entry)));
  const proven = await verifyProof(proof, entryHash, policy);
  const lines = details.media.map(({ id, sha256: hash, size, state }) => {
    return { id, sha256: hash, size, state, kept: KEPT.includes(state) };
  });
  return { capture_id, manifest_sha256, at: entry.at, agency_id: entry.agency_id, lines, proven };
}

/** The members that are read here, of the types that reading needs; the hashes answer for everything else. */
function formOf(value: unknown): Receipt {
  const receipt = value as Partial<Receipt> | null;
  const { entry, details } = receipt ?? {};
  const texts = [receipt?.capture_id, receipt?.manifest_sha256, receipt?.salt, receipt?.proof, entry?.kind, entry?.at];
  const lines: unknown[] = Array.isArray(details?.media) ? details.media : [null];
  const right =
    receipt?.v === 1 &&
    texts.every((text) => typeof text === "string") &&
    lines.every((line) => typeof (line as { sha256?: unknown } | null)?.sha256 === "string");
  if (!right) throw new BadProof("receipt_malformed");
  return receipt as Receipt;
}

function bytesOf(salt: string) {
  try {
    return fromB64url(salt);
  } catch {
    throw new BadProof("receipt_malformed");
  }
}

function bytesOfDocument(document: object) {
  try {
    return canonical(document);
  } catch {
    throw new BadProof("receipt_malformed");
  }
}
