import { expect, test } from "vitest";
import { LARGEST_CHUNK, SMALLEST_CHUNK, WHOLE, afterChunks, afterDeath, backOff, wayOf } from "../src/lib/outbox/pacing";

test("waits double, are capped at five minutes and never shrink below half", () => {
  expect([1, 2, 3].map((failures) => backOff(failures, 1))).toEqual([2000, 4000, 8000]);
  expect(backOff(1, 0)).toBe(1000);
  expect(backOff(40, 1)).toBe(300_000);
});

test.each([
  [300_000, 2_000_000, 36 * 1024],
  [600_000, 2_000_000, 73 * 1024],
  [2_000_000, 2_000_000, SMALLEST_CHUNK],
  [1, 2_000_000, SMALLEST_CHUNK],
  [90_000_000, 95_000_000, LARGEST_CHUNK],
])("after %i of %i bytes were handed on, chunks of %i", (handedOn, size, chunk) => {
  expect(afterDeath(handedOn, size, 5).chunk).toBe(chunk);
});

test("where every connection carries eight chunks, they stay about as they are", () => {
  expect(afterChunks({ chunk: 32 * 1024, learned_at: 1 }, { died: 9, got: 80 }, 9).chunk).toBe(34 * 1024);
  expect(afterChunks({ chunk: 34 * 1024, learned_at: 1 }, { died: 9, got: 75 }, 9).chunk).toBe(34 * 1024);
});

test("chunks shrink where connections die, grow where none does, and end in whole files", () => {
  const at = (chunk: number) => ({ chunk, learned_at: 1 });
  expect(afterChunks(at(256 * 1024), { died: 5, got: 6 }, 9).chunk).toBe(48 * 1024);
  expect(afterChunks(at(48 * 1024), { died: 9, got: 0 }, 9).chunk).toBe(SMALLEST_CHUNK);
  expect(afterChunks(at(64 * 1024), { died: 0, got: 20 }, 9).chunk).toBe(128 * 1024);
  expect(afterChunks(at(64 * 1024), { died: 0, got: 2 }, 9)).toEqual(at(64 * 1024));
  expect(afterChunks(at(LARGEST_CHUNK), { died: 0, got: 4 }, 9).chunk).toBeNull();
});

test("what was learned of a network is forgotten after a day", () => {
  expect(wayOf({ chunk: 65536, learned_at: 1000 }, 1000 + 23 * 3600_000).chunk).toBe(65536);
  expect(wayOf({ chunk: 65536, learned_at: 1000 }, 1000 + 25 * 3600_000)).toEqual(WHOLE);
  expect(wayOf(undefined, 5)).toEqual(WHOLE);
});
