/** What an officer counts at a scene, and the item that it becomes. */
import type { IconName } from "../../lib/ui/icons";
import type { Item, ItemKind } from "../../lib/schema";

export type Thing =
  | "pistol"
  | "revolver"
  | "long_gun"
  | "pmf"
  | "part"
  | "cartridge_case"
  | "cartridge"
  | "bullet"
  | "magazine"
  | "other";

/** In the order in which numbers are given: guns first. */
export const THINGS: readonly Thing[] = [
  "pistol",
  "revolver",
  "long_gun",
  "pmf",
  "part",
  "cartridge_case",
  "cartridge",
  "magazine",
  "bullet",
  "other",
];

/** Small things that share photos and answers; each is still an item of its own. */
export const GROUPS = ["cartridge_case", "cartridge", "magazine", "bullet", "other"] as const;
export type Group = (typeof GROUPS)[number];

export const GUN_THINGS: readonly Thing[] = ["pistol", "revolver", "long_gun", "pmf"];

export const ICON_OF: Record<Thing, IconName> = {
  pistol: "pistol",
  revolver: "revolver",
  long_gun: "long_gun",
  pmf: "pmf",
  part: "part",
  cartridge_case: "cartridge_case",
  cartridge: "cartridge",
  magazine: "magazine",
  bullet: "bullet",
  other: "other",
};

export function isGun(item: Item): boolean {
  return item.kind === "firearm" || item.kind === "privately_made_firearm";
}

export function thingOf(item: Item): Thing {
  if (item.kind === "privately_made_firearm") return "pmf";
  if (item.kind === "explosive") return "other";
  if (item.kind !== "firearm") return item.kind;
  const form = item.firearm?.form;
  return form === "revolver" || form === "long_gun" ? form : "pistol";
}

const KIND_OF: Record<Thing, ItemKind> = {
  pistol: "firearm",
  revolver: "firearm",
  long_gun: "firearm",
  pmf: "privately_made_firearm",
  part: "part",
  cartridge_case: "cartridge_case",
  cartridge: "cartridge",
  magazine: "magazine",
  bullet: "bullet",
  other: "other",
};

const ASKS: Partial<Record<Thing, string[]>> = {
  pistol: ["etrace", "ballistics"],
  revolver: ["etrace", "ballistics"],
  long_gun: ["etrace", "ballistics"],
  pmf: ["etrace", "ballistics"],
  part: ["ballistics"],
  cartridge_case: ["ballistics"],
  cartridge: ["ballistics"],
  bullet: ["ballistics"],
};

/** A new item of this thing. Its facts come with the answers; a gun's serial status too. */
export function itemOf(thing: Thing, id: string, number: string): Item {
  const item: Item = {
    id,
    number,
    kind: KIND_OF[thing],
    quantity: { n: 1, exact: true },
    found_in: null,
    requests: [...(ASKS[thing] ?? [])],
  };
  if (item.kind === "firearm") item.firearm = { form: thing as "pistol" | "revolver" | "long_gun" };
  return item;
}

export function explosiveOf(id: string, number: string): Item {
  return {
    id,
    number,
    kind: "explosive",
    quantity: { n: 1, exact: false },
    found_in: null,
    requests: [],
    explosive: { type: "unknown" },
  };
}
