/**
 * How this phone goes on when the log's key was changed: the change itself stands in the log, and during the overlap
 * the former key has signed a checkpoint over it. So a key is believed that a pinned one has said, and no other.
 */
import { fromB64url, fromHex, hex, joined } from "../bytes";
import { canonical } from "../canonical";
import { sha256, sha256Hex } from "../hash";
import type { CustodyEntry, LogKeyAdded } from "../schema";
import type { Pinned } from "../store";
import { readVkey } from "./note";
import { logAlone } from "./policy";
import { verifyProof } from "./proof";
import { BadProof } from "./proof-fault";

export interface Handover {
  entry: CustodyEntry;
  salt: string;
  details: LogKeyAdded;
  proof: string;
}

/** The pinned log keys, and those that they hand on, step by step. What does not verify is passed over. */
export async function keysHandedOn(handovers: unknown[], pinned: Pinned): Promise<string[]> {
  const keys = [...pinned.log_keys];
  for (const handover of handovers) {
    const key = await keyOf(handover as Handover, { ...pinned, log_keys: keys }).catch(() => null);
    if (key !== null && !keys.includes(key)) keys.push(key);
  }
  return keys;
}

/** Throws for whatever is wrong: a stranger's handover need not even be of the form. */
async function keyOf({ entry, salt, details, proof }: Handover, pinned: Pinned): Promise<string> {
  const { kind, chain, details_sha256 } = entry;
  const ofTheLog = kind === "log.key_added" && chain.type === "log" && chain.id === pinned.service_id;
  if (!ofTheLog) throw new BadProof("other_act", kind);
  if (hex(await sha256(joined(fromB64url(salt), canonical(details)))) !== details_sha256) throw new BadProof("details_differ");
  const policy = await logAlone(pinned.log_keys, pinned.witness_keys);
  const { checkpoint } = await verifyProof(proof, fromHex(await sha256Hex(canonical(entry))), policy);
  const { name } = await readVkey(details.vkey);
  if (details.origin !== checkpoint.origin || name !== checkpoint.origin) throw new BadProof("origin_differs", name);
  return details.vkey;
}
