/** What the C2SP text formats share: strict base64, decimals, hashes on a line. */
import { type Bytes, fromBase64 } from "../bytes";
import { BadProof } from "./proof-fault";

export function base64Of(text: string): Bytes {
  try {
    return fromBase64(text);
  } catch {
    throw new BadProof("base64_malformed");
  }
}

/** A whole number in ASCII without leading zeros; at most 2^53 − 1, which no log of ours reaches. */
export function decimal(text: string): number {
  const value = Number(text);
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text) || !Number.isSafeInteger(value)) throw new BadProof("number_malformed");
  return value;
}

export function hashOf(text: string): Bytes {
  const value = base64Of(text);
  if (value.length !== 32) throw new BadProof("hash_malformed");
  return value;
}
