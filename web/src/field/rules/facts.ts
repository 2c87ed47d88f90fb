/** Changes of a draft's items, as functions over the draft. */
import type { Draft } from "../../lib/draft";
import type { Item, View } from "../../lib/schema";
import { isGun } from "./things";

export type Change = (draft: Draft) => Draft;

/** `about` is an item's id, or `guns` for every gun of the draft. */
function isMeant(item: Item, about: string): boolean {
  return item.id === about || (about === "guns" && isGun(item));
}

export function change(about: string, part: Partial<Item> | ((item: Item) => Item)): Change {
  const apply = (item: Item): Item => (typeof part === "function" ? part(item) : { ...item, ...part });
  return (draft) => ({ ...draft, items: draft.items.map((item) => (isMeant(item, about) ? apply(item) : item)) });
}

export const all =
  (...changes: Change[]): Change =>
  (draft) =>
    changes.reduce((made, one) => one(made), draft);

type Reason = NonNullable<Item["missing_views"]>[number]["reason"];

/** Says of these items why a view was not taken. */
export function missView(itemIds: readonly string[], view: View, reason: Reason): Change {
  return (draft) => ({
    ...draft,
    items: draft.items.map((item) => {
      if (!itemIds.includes(item.id)) return item;
      const others = (item.missing_views ?? []).filter((one) => one.view !== view);
      return { ...item, missing_views: [...others, { view, reason }] };
    }),
  });
}

/** A view that was missing and is now taken needs no reason any more. */
export function takeView(itemIds: readonly string[], view: View): Change {
  return (draft) => ({
    ...draft,
    items: draft.items.map((item) => {
      if (!itemIds.includes(item.id) || !item.missing_views) return item;
      const { missing_views: missing, ...rest } = item;
      const left = missing.filter((one) => one.view !== view);
      return left.length ? { ...rest, missing_views: left } : rest;
    }),
  });
}

type Blank = NonNullable<Item["blanks"]>[string];

/** A line of the form that stays blank on purpose. */
export function blank(itemId: string, name: string, why: Blank): Change {
  return change(itemId, (item) => ({ ...item, blanks: { ...item.blanks, [name]: why } }));
}

export function unblank(itemId: string, name: string): Change {
  return change(itemId, (item) => {
    const { [name]: _, ...left } = item.blanks ?? {};
    const { blanks: __, ...rest } = item;
    return Object.keys(left).length ? { ...rest, blanks: left } : rest;
  });
}

/** The views that nobody takes of a gun that is left alone, and the serial that nobody looked for. */
export function leaveAlone(item: Item, views: readonly View[]): Item {
  const missing = views.map((view) => ({ view, reason: "not_handled" as const }));
  return { ...item, make_safe: { state: "not_handled" }, serial: { status: "not_examined" }, missing_views: missing };
}

/** A gun that is handled after all: what was said for leaving it alone is taken back. */
export function handle(item: Item, make_safe: NonNullable<Item["make_safe"]>): Item {
  const { missing_views: missing, serial, ...rest } = item;
  const left = (missing ?? []).filter((one) => one.reason !== "not_handled");
  const examined = serial && serial.status !== "not_examined" ? { serial } : {};
  return { ...rest, ...examined, ...(left.length ? { missing_views: left } : {}), make_safe };
}
