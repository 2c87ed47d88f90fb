/** The screens of later steps, each in a part of its own. All are fetched as soon as the first screen stands. */
import type { StepKind } from "../rules/steps";

const safe = () => import("./Safe.svelte");
const kind = () => import("./Kind.svelte");
const second = () => import("./Second.svelte");
const group = () => import("./Group.svelte");
const paper = () => import("./Paper.svelte");
const sign = () => import("./Sign.svelte");

export const LATER: Partial<Record<StepKind, () => Promise<unknown>>> = {
  found: () => import("./Found.svelte"),
  safe,
  safe_who: safe,
  condition: safe,
  serial: () => import("./Serial.svelte"),
  lookalikes: () => import("./Lookalikes.svelte"),
  second,
  second_read: second,
  differ: () => import("./Differ.svelte"),
  make: () => import("./Make.svelte"),
  caliber: () => import("./Caliber.svelte"),
  importer: () => import("./Importer.svelte"),
  part_type: kind,
  pmf_type: kind,
  how_made: kind,
  conversion: kind,
  alike: group,
  found_in: group,
  packages: () => import("./Packages.svelte"),
  seal: () => import("./Seal.svelte"),
  place: () => import("./Place.svelte"),
  explosive: () => import("./Explosive.svelte"),
  paper_why: paper,
  paper_who: paper,
  paper_when: paper,
  amend: () => import("./Amend.svelte"),
  sign,
};

/** Fetches every later screen now, so that none has to be fetched at a scene. */
export function fetchAll(): Promise<unknown> {
  return Promise.allSettled(Object.values(LATER).map((one) => one()));
}
