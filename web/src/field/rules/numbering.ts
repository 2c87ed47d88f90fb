/** Numbers of items: given at once by the counters, per scene, from the block that this phone has. */
import type { Item } from "../../lib/schema";
import { GROUPS, itemOf, THINGS, thingOf, type Thing } from "./things";

/** The numbers that one phone gives at a scene, so that two offline phones never collide. */
export interface Block {
  first: number;
  last: number;
}

export const FIRST_BLOCK: Block = { first: 1, last: 49 };
export const MOST_ITEMS = 50;

export type Tally = Record<Thing, number>;

export function tallyOf(items: readonly Item[]): Tally {
  const tally = Object.fromEntries(THINGS.map((thing) => [thing, 0])) as Tally;
  for (const item of items) if (item.kind !== "explosive") tally[thingOf(item)] += 1;
  return tally;
}

/** The numbers that each thing would get, without making items: what the counters show while one taps. */
export function numbersOf(tally: Tally, from: number): Record<Thing, string[]> {
  let next = from;
  const found = {} as Record<Thing, string[]>;
  for (const thing of THINGS) {
    found[thing] = Array.from({ length: tally[thing] }, (_, n) => String(next + n));
    next += tally[thing];
  }
  return found;
}

/**
 * The items for a tally, numbered from `from`. Items that are there keep their ids and facts; the last of a thing go
 * first. Only a draft is renumbered: after signing the yellow marker in the photo says the number.
 */
export function recount(items: readonly Item[], tally: Tally, from: number, newId: () => string): Item[] {
  const numbers = numbersOf(tally, from);
  const counted = THINGS.flatMap((thing) => {
    const there = items.filter((item) => item.kind !== "explosive" && thingOf(item) === thing);
    return numbers[thing].map((number, n) => {
      const item = there[n];
      return item ? { ...item, number } : itemOf(thing, newId(), number);
    });
  });
  const kept = new Set(counted.map((item) => item.id));
  return counted.map((item) => (item.found_in && !kept.has(item.found_in) ? { ...item, found_in: null } : item));
}

/** Things found inside the first gun are said to be so by their number. */
export function membersOf(items: readonly Item[], group: Thing): Item[] {
  return items.filter((item) => item.kind !== "explosive" && thingOf(item) === group);
}

export function groupsIn(items: readonly Item[]): (typeof GROUPS)[number][] {
  return GROUPS.filter((group) => membersOf(items, group).length > 0);
}

/** The block of the next phone of a scene: 1 to 49, 50 to 99, 100 to 149 and so on. */
export function nextBlock(block: Block): Block {
  const first = Math.floor(block.last / 50) * 50 + 50;
  return { first, last: first + 49 };
}

const SCENE = /^casquillo-scene:([0-9a-f-]{36}):(\d{1,6})-(\d{1,6})$/;

/** What the QR for a second officer says: scene and block, so that joining needs no signal. */
export function sceneText(sceneId: string, block: Block): string {
  return `casquillo-scene:${sceneId}:${block.first}-${block.last}`;
}

export function readScene(text: string): { sceneId: string; block: Block } | null {
  const found = SCENE.exec(text.trim());
  if (!found?.[1]) return null;
  const block = { first: Number(found[2]), last: Number(found[3]) };
  return block.first > 0 && block.last > block.first ? { sceneId: found[1], block } : null;
}
