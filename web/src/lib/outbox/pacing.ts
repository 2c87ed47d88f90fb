/** How often, and in what pieces: rules without state of their own. Times in milliseconds, sizes in bytes. */

export const SMALLEST_CHUNK = 32 * 1024;
export const LARGEST_CHUNK = 1024 * 1024;
const FIRST_WAIT = 2_000;
const LONGEST_WAIT = 5 * 60_000;
/** Chunks that one connection should carry: fewer lose more when it dies, more cost more requests. */
const A_CONNECTION = 8;
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
 * loses little of the last one. Where all had been handed on, buffers lied: begin with the smallest.
 */
export function afterDeath(handedOn: number, size: number, now: number): Way {
  return { chunk: handedOn >= size ? SMALLEST_CHUNK : clamped(handedOn / A_CONNECTION), learned_at: now };
}

/**
 * After a file went in chunks: fitted to what a connection carried where some died, larger where none did, and
 * whole files again when the largest chunks all got through. `got` chunks came through on `died` connections and
 * the one that lived; each that died also carried half a chunk, more or less, that was lost with it.
 */
export function afterChunks(way: Way, seen: { died: number; got: number }, now: number): Way {
  const { chunk } = way;
  if (chunk === null) return way;
  if (seen.died > 0) return { chunk: clamped(((seen.got / (seen.died + 1) + 0.5) * chunk) / A_CONNECTION), learned_at: now };
  if (seen.got < 4) return way;
  return { chunk: chunk >= LARGEST_CHUNK ? null : clamped(chunk * 2), learned_at: now };
}

/** In whole KiB, between the smallest and the largest. */
function clamped(bytes: number): number {
  return Math.min(LARGEST_CHUNK, Math.max(SMALLEST_CHUNK, Math.floor(bytes / 1024) * 1024));
}
