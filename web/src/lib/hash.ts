/** SHA-256 in lowercase hex, over whole bytes or over pieces that never lie in memory together. */
import { type Bytes, hex } from "./bytes";

/** Beyond this, a file is hashed piece by piece in JavaScript: slower, but a phone's memory holds. Bytes. */
const WHOLE = 32 * 1024 * 1024;

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

export async function sha256Hex(bytes: Bytes): Promise<string> {
  return hex(await sha256(bytes));
}

/** The hash of pieces in their order, `size` bytes together. */
export async function sha256OfPieces(pieces: AsyncIterable<Bytes>, size: number): Promise<string> {
  if (size > WHOLE) {
    const { sha256: stepwise } = await import("@noble/hashes/sha2.js");
    const state = stepwise.create();
    for await (const piece of pieces) state.update(piece);
    return hex(state.digest());
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for await (const piece of pieces) {
    if (at + piece.length > size) throw new RangeError("more bytes than the file was said to have");
    whole.set(piece, at);
    at += piece.length;
  }
  return sha256Hex(whole.subarray(0, at));
}
