/** Inclusion in the Merkle tree of RFC 6962, checked as RFC 9162, section 2.1.3.2 says. */
import { type Bytes, equal, joined } from "../bytes";
import { sha256 } from "../hash";
import { BadProof } from "./proof-fault";

/** SHA-256(0x00 ‖ entry hash): the entry of our log is the 32-byte hash of a custody entry. */
export const leafHash = (entryHash: Bytes): Promise<Bytes> => sha256(joined(Uint8Array.of(0), entryHash));

/** SHA-256(0x01 ‖ left ‖ right). */
const nodeHash = (left: Bytes, right: Bytes): Promise<Bytes> => sha256(joined(Uint8Array.of(1), left, right));

/** Returns when `leaf` stands at `index` of the tree of `size` leaves with `root`; else `BadProof`. */
export async function verifyInclusion(
  leaf: Bytes,
  at: { index: number; size: number; path: Bytes[]; root: Bytes },
): Promise<void> {
  if (at.index < 0 || at.index >= at.size) throw new BadProof("index_outside_tree");
  let [place, last, reached] = [at.index, at.size - 1, leaf];
  for (const sibling of at.path) {
    if (last === 0) throw new BadProof("proof_too_long");
    const onLeft = place % 2 === 1 || place === last;
    reached = onLeft ? await nodeHash(sibling, reached) : await nodeHash(reached, sibling);
    // A lone last node is carried up until it has a neighbour. Halving, not shifting: shifts end at 2^31.
    if (onLeft) while (place !== 0 && place % 2 === 0) [place, last] = [half(place), half(last)];
    [place, last] = [half(place), half(last)];
  }
  if (last !== 0) throw new BadProof("proof_too_short");
  if (!equal(reached, at.root)) throw new BadProof("root_differs");
}

const half = (number: number): number => Math.floor(number / 2);
