/** How often, and in what pieces: rules without state of their own. Times in milliseconds, sizes in bytes. */

export const SMALLEST_CHUNK = 32 * 1024;
export const LARGEST_CHUNK = 1024 * 1024;
const FIRST_CHUNK = 64 * 1024;
const FIRST_WAIT = 2_000;
const LONGEST_WAIT = 5 * 60_000;
/** After this, a network is given another chance to take whole files. */
const REMEMBERED = 24 * 3600_000;

/** Doubling, capped, and spread over its upper half, so that phones that fell silent together don't return together. */
export function backOff(failures: number, random: number): number {
  const full = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(failures - 1, 16));
  return full / 2 + (full / 2) * random;
}

/** How files travel on one network: whole (`chunk` null), or in chunks of that size. */
export interface Way {
  chunk: number | null;
  learned_at: number;
}

export const WHOLE: Way = { chunk: null, learned_at: 0 };

/** What was learned of a network, unless that is too long ago. */
export function wayOf(remembered: Way | undefined, now: number): Way {
  return remembered && now - remembered.learned_at < REMEMBERED ? remembered : WHOLE;
}

/**
 * After a whole file died: chunks of an eighth of what had been handed on, so that a connection carries several and
 * loses little of the last one. Where all had been handed on, buffers lied: begin small.
 */
export function afterDeath(handedOn: number, size: number, now: number): Way {
  return { chunk: handedOn >= size ? FIRST_CHUNK : clamped(handedOn / 8), learned_at: now };
}

/**
 * After a file went in chunks: smaller ones where connections died often, larger ones where none died, and whole
 * files again when the largest chunks all got through. `died` connections, `got` chunks through.
 */
export function afterChunks(way: Way, seen: { died: number; got: number }, now: number): Way {
  const { chunk } = way;
  if (chunk === null) return way;
  if (seen.died > 0) return { chunk: clamped(((seen.got / seen.died) * chunk) / 8), learned_at: now };
  if (seen.got < 4) return way;
  return { chunk: chunk >= LARGEST_CHUNK ? null : clamped(chunk * 2), learned_at: now };
}

/** A power of two between the smallest and the largest. */
function clamped(bytes: number): number {
  const power = 2 ** Math.floor(Math.log2(Math.max(bytes, 1)));
  return Math.min(LARGEST_CHUNK, Math.max(SMALLEST_CHUNK, power));
}
