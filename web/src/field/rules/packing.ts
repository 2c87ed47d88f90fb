/** Bags and boxes as they are proposed: guns in boxes, cases in one bag, rounds and magazines apart. */
import type { Draft } from "../../lib/draft";
import type { Item, Package } from "../../lib/schema";
import { notesOf } from "./notes";
import { groupsIn, membersOf } from "./numbering";
import { guardsOnly, isHandled } from "./steps";
import { isGun } from "./things";

/** Found with a round in the chamber, or stated as loaded, and nobody says that it was taken out: it is not packed. */
export function isStatedLoaded(item: Item): boolean {
  const stated = item.make_safe;
  if (stated?.condition === "loaded") return true;
  const emptied = isHandled(item) && (stated?.condition === "unloaded" || stated?.chamber_checked === "yes");
  return item.as_found?.chambered === "yes" && !emptied;
}

function mayPack(draft: Draft, item: Item): boolean {
  if (item.kind === "explosive") return false;
  if (!isGun(item)) return true;
  return (draft.deferred !== undefined || isHandled(item)) && !isStatedLoaded(item);
}

function boxOf(item: Item, id: string, label: string): Package {
  return { id, label, kind: "box", seal: null, item_ids: [item.id], condition: item.make_safe?.condition ?? "not_verified" };
}

/** The packages that this draft needs, labelled A, B, C …; those that are there keep their ids and seals. */
export function proposed(draft: Draft, newId: () => string): Package[] {
  const boxes = draft.items.filter((item) => (isGun(item) || item.kind === "part") && mayPack(draft, item));
  const contents: Item[][] = [...boxes.map((item) => [item]), ...groupsIn(draft.items).map((group) => membersOf(draft.items, group))];
  return contents.map((items, n) => {
    const label = String.fromCharCode(65 + (n % 26)) + (n < 26 ? "" : String(Math.floor(n / 26)));
    const [first] = items as [Item, ...Item[]];
    if (isGun(first)) return boxOf(first, newId(), label);
    const bag: Package = { id: newId(), label, kind: "bag", seal: null, item_ids: items.map((item) => item.id) };
    return items.length > 1 ? { ...bag, inner: "envelope" } : bag;
  });
}

/** Proposes packages once the officer comes to them; what was changed by hand stays. */
export function withDefaults(draft: Draft, newId: () => string): Draft {
  const seen = notesOf(draft).seen;
  if (draft.amends || guardsOnly(draft) || !draft.items.length || seen.includes("packages")) return draft;
  const sealed = draft.packages.some((one) => one.seal);
  if (sealed) return draft;
  const known = (one: Package) => draft.packages.find((other) => other.item_ids.join() === one.item_ids.join());
  return { ...draft, packages: proposed(draft, newId).map((one) => ({ ...one, id: known(one)?.id ?? one.id })) };
}

/** Moves an item into a package and out of every other: an item is in one package at a time. */
export function pack(packages: readonly Package[], itemId: string, into: string | null): Package[] {
  return packages.map((one) => {
    const without = one.item_ids.filter((id) => id !== itemId);
    return { ...one, item_ids: one.id === into ? [...without, itemId] : without };
  });
}

export function nextLabel(packages: readonly Package[]): string {
  const used = new Set(packages.map((one) => one.label));
  for (let n = 0; ; n++) {
    const label = String.fromCharCode(65 + (n % 26)) + (n < 26 ? "" : String(Math.floor(n / 26)));
    if (!used.has(label)) return label;
  }
}
