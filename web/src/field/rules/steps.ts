/**
 * The step machine: which questions a capture asks, in which order, and which comes next. It looks at the draft
 * alone, so a restart returns to the very step.
 */
import type { Draft } from "../../lib/draft";
import { demandedOf } from "../../lib/rules";
import type { Item, Media, View } from "../../lib/schema";
import { notesOf, type SecondWay } from "./notes";
import { groupsIn, membersOf } from "./numbering";
import { lookalikes } from "./serials";
import { isGun, type Group } from "./things";
import { groupOf, isRevolver, viewsOf } from "./views";

export type StepKind =
  | "capacity"
  | "response"
  | "response_why"
  | "paper_why"
  | "paper_who"
  | "paper_when"
  | "photo"
  | "count"
  | "explosive"
  | "found"
  | "safe"
  | "safe_who"
  | "condition"
  | "part_type"
  | "pmf_type"
  | "how_made"
  | "conversion"
  | "serial"
  | "lookalikes"
  | "second"
  | "second_read"
  | "differ"
  | "make"
  | "caliber"
  | "importer"
  | "alike"
  | "found_in"
  | "packages"
  | "seal"
  | "place"
  | "amend"
  | "sign";

/** A step has a name that fits in the draft: its kind, then what it is about, then the view. */
export interface Step {
  id: string;
  kind: StepKind;
  /** An item's id, a group, a package's id, `scene` or `guns`. */
  about: string;
  view: View | null;
}

export function step(kind: StepKind, about = "", view: View | null = null): Step {
  return { id: [kind, about, view ?? ""].join("/").replace(/\/+$/, ""), kind, about, view };
}

export function stepOf(id: string): Step {
  const [kind, about = "", view = ""] = id.split("/");
  return step(kind as StepKind, about, (view || null) as View | null);
}

export function guardsOnly(draft: Draft): boolean {
  return draft.capacity === "first_responder" && draft.recovery.first_response?.mode === "guard_only";
}

export function isHandled(item: Item): boolean {
  return item.make_safe?.state === "by_signer" || item.make_safe?.state === "by_other";
}

/** The questions of this draft in their order; it grows as answers come. */
export function steps(draft: Draft): Step[] {
  const explosive = draft.items.find((item) => item.kind === "explosive");
  if (explosive) {
    const seen = draft.media.length ? [] : [step("photo", explosive.id, "in_situ")];
    return [...beginning(draft), step("explosive"), ...seen, step("place"), step("sign")];
  }
  return [
    ...beginning(draft),
    ...ofThings(draft),
    ...groupsIn(draft.items).flatMap((group) => ofGroup(draft, group)),
    ...(guardsOnly(draft) ? [] : ofPackages(draft)),
    ...draft.items.flatMap((item) => secondReading(draft, item, "after_sealing")),
    step("place"),
    step("sign"),
  ];
}

function ofThings(draft: Draft): Step[] {
  const things = draft.items.filter((item) => isGun(item) || item.kind === "part");
  const inLine = notesOf(draft).table || draft.deferred !== undefined;
  const parts = things.filter((item) => item.kind === "part");
  if (!inLine) return things.flatMap((item) => ofThing(draft, item));
  return [...lineOfGuns(draft), ...parts.flatMap((item) => ofThing(draft, item))];
}

function beginning(draft: Draft): Step[] {
  if (draft.deferred) {
    const asked = [step("paper_why"), step("paper_who"), step("paper_when"), step("photo", "scene", "paper_form")];
    return [...asked, step("capacity"), step("count")];
  }
  const response = draft.capacity === "first_responder" ? [step("response")] : [];
  const why = draft.recovery.first_response?.mode === "prioritised" && response.length ? [step("response_why")] : [];
  return [step("capacity"), ...response, ...why, step("photo", "scene", "scene_overview"), step("count")];
}

function ofThing(draft: Draft, item: Item): Step[] {
  const photos = draft.deferred ? [] : photosOf(item, demandedOf(draft.rules, groupOf(item)));
  if (item.kind === "part") {
    return [...inPlace(draft, item.id), step("part_type", item.id), ...photos, ...ofSerial(draft, item)];
  }
  const demanded = demandedOf(draft.rules, groupOf(item));
  const state = isRevolver(item) || demanded.includes("as_found_state") ? [step("photo", item.id, "as_found_state")] : [];
  const before = [...inPlace(draft, item.id), ...state, step("found", item.id)];
  if (guardsOnly(draft)) return before;
  const safe = [step("safe", item.id)];
  if (item.make_safe?.state === "by_other") safe.push(step("safe_who", item.id));
  if (!isHandled(item)) return [...before, ...safe];
  const handled = [step("condition", item.id), ...pmf(item), ...photos];
  return [...before, ...safe, ...handled, ...ofSerial(draft, item), ...ofMarks(item)];
}

function inPlace(draft: Draft, about: string): Step[] {
  return draft.deferred ? [] : [step("photo", about, "in_situ")];
}

function pmf(item: Item): Step[] {
  return item.kind === "privately_made_firearm" ? (["pmf_type", "how_made", "conversion"] as const).map((kind) => step(kind, item.id)) : [];
}

/** The guided photos, then what the agency asks for; two kinds have a place of their own in the order. */
function photosOf(item: Item, demanded: readonly View[]): Step[] {
  const more = demanded.filter((view) => view !== "as_found_state" && view !== "serial_oblique");
  return [...new Set([...viewsOf(item), ...more])].map((view) => step("photo", item.id, view));
}

function ofSerial(draft: Draft, item: Item): Step[] {
  if (item.kind === "part" && item.part?.type !== "frame_or_receiver") return [];
  const found = [step("serial", item.id)];
  const serial = item.serial;
  const hard = serial?.status === "partial" || serial?.status === "obliterated";
  const demanded = serial !== undefined && demandedOf(draft.rules, groupOf(item)).includes("serial_oblique");
  if (!draft.deferred && (hard || demanded)) {
    found.push(step("photo", item.id, "serial_oblique"));
  }
  if (!serial?.text) return found;
  if (lookalikes(serial.text).length) found.push(step("lookalikes", item.id));
  if (draft.deferred) return found;
  found.push(step("second", item.id));
  return [...found, ...secondReading(draft, item, "partner")];
}

function secondReading(draft: Draft, item: Item, way: SecondWay): Step[] {
  const notes = notesOf(draft);
  if (notes.second[item.id] !== way) return [];
  const differ = notes.partner[item.id] === undefined ? [] : [step("differ", item.id)];
  return [step("second_read", item.id), ...differ];
}

function ofMarks(item: Item): Step[] {
  const make = item.kind === "privately_made_firearm" ? [] : [step("make", item.id)];
  return [...make, step("caliber", item.id)];
}

/** Many guns, or guns from paper: one answer about safety for all, then gun after gun the little that it needs. */
function lineOfGuns(draft: Draft): Step[] {
  const guns = draft.items.filter(isGun);
  if (!guns.length || guardsOnly(draft)) return [];
  const safe = [step("safe", "guns")];
  if (guns.some((gun) => gun.make_safe?.state === "by_other")) safe.push(step("safe_who", "guns"));
  if (draft.deferred) {
    return [...safe, ...guns.flatMap((gun) => [...pmf(gun), ...ofSerial(draft, gun), ...ofMarks(gun)])];
  }
  if (!guns.every(isHandled)) return safe;
  const photos = (gun: Item) =>
    [...new Set<View>(["left", "serial_closeup", ...demandedOf(draft.rules, groupOf(gun))])].map((view) => step("photo", gun.id, view));
  return [...safe, ...guns.flatMap((gun) => [...photos(gun), ...pmf(gun), step("serial", gun.id)])];
}

function ofGroup(draft: Draft, group: Group): Step[] {
  const found: Step[] = draft.deferred ? [] : [step("photo", group, "in_situ")];
  const members = membersOf(draft.items, group);
  const inside = (group === "magazine" || group === "cartridge") && draft.items.some(isGun);
  if (inside) found.push(step("found_in", group));
  if (group === "other" || guardsOnly(draft)) return found;
  const stamped = group === "cartridge_case" || group === "cartridge";
  if (!draft.deferred && stamped) found.push(step("photo", group, "headstamp"));
  if (!draft.deferred && group === "bullet") found.push(step("photo", group, "side"));
  const more = draft.deferred ? [] : demandedOf(draft.rules, group).filter((view) => view !== "side" && view !== "in_situ");
  found.push(...more.map((view) => step("photo", group, view)));
  if (stamped && members.length > 1) found.push(step("alike", group));
  if (group !== "magazine") found.push(step("caliber", group));
  return found;
}

function ofPackages(draft: Draft): Step[] {
  if (!draft.items.length) return [];
  const seals = draft.packages.map((one) => step("seal", one.id));
  const sealed = draft.packages.some((one) => one.seal);
  const photo = sealed && !draft.deferred ? [step("photo", "packages", "package_sealed")] : [];
  return [step("packages"), ...seals, ...photo];
}

/** The items that a photo of this step shows, in their order. */
export function shownBy(draft: Draft, one: Step): string[] {
  if (one.about === "scene" || one.about === "packages") return [];
  const item = draft.items.find((each) => each.id === one.about);
  return item ? [item.id] : membersOf(draft.items, one.about as Group).map((each) => each.id);
}

/** The photos that were taken for this step. */
export function photosFor(draft: Draft, one: Step): Media[] {
  const shown = shownBy(draft, one);
  return draft.media.filter((media) => {
    if (media.view !== one.view) return false;
    return shown.length ? shown.every((id) => media.item_ids.includes(id)) : true;
  });
}

/** Whether a step needs nothing more: it was answered, passed over, or its photo is there. */
export function isDone(draft: Draft, one: Step): boolean {
  if (one.kind === "sign" || one.kind === "amend") return false;
  if (notesOf(draft).seen.includes(one.id)) return true;
  if (one.kind !== "photo") return false;
  if (one.view === "in_situ" && one.about !== "scene" && notesOf(draft).shared) return true;
  return photosFor(draft, one).length > 0;
}

/** The first open step after this one; past the end, the first open one of all. The last is always `sign`. */
export function nextStep(draft: Draft, after: string): Step {
  const from = stepOf(after);
  // The importer's photo is asked for by the question about the importer, and leads back to it.
  if (from.view === "importer_country_marking") return step("importer", from.about);
  if (draft.amends) return step("amend");
  const all = steps(draft);
  const at = all.findIndex((one) => one.id === after);
  const open = (one: Step) => !isDone(draft, one);
  return all.slice(at + 1).find(open) ?? all.find(open) ?? step("sign");
}

/** The screen that closes a gap of the officer's. */
export function stepFor(gap: { code: string; field: string; item: Item }, draft: Draft | null): Step {
  const about = gap.item.id;
  if (gap.code === "view_missing" && gap.field === "package_sealed") return step("photo", "packages", "package_sealed");
  if (gap.code === "view_missing" || gap.code === "agency_view_missing") {
    const group = draft && groupsIn(draft.items).find((one) => membersOf(draft.items, one).includes(gap.item));
    return step("photo", group ?? about, gap.field as View);
  }
  if (gap.field === "package") return step("packages");
  if (gap.field === "5c") return step("make", about);
  if (gap.field === "5e") return step("caliber", about);
  if (gap.field === "5h") return step("importer", about);
  return step("serial", about);
}

/** The step before, or null where going back leaves the capture. Steps opened from the meter go back to it. */
export function stepBefore(draft: Draft, id: string): Step | null {
  if (draft.amends) return id === "amend" ? null : step("amend");
  const all = steps(draft);
  const at = all.findIndex((one) => one.id === id);
  if (at < 0) return step("sign");
  return at === 0 ? null : (all[at - 1] ?? null);
}

/** Where a draft goes on after a restart: at the photo that the camera lost, else at the screen it showed. */
export function resumeAt(draft: Draft): Step {
  if (draft.step) return stepOf(draft.step);
  return draft.amends ? step("amend") : (steps(draft).find((one) => !isDone(draft, one)) ?? step("sign"));
}

/** How far: photos and questions answered, of those known now. */
export function progress(draft: Draft): { done: number; all: number } {
  const all = steps(draft).filter((one) => one.kind !== "sign");
  return { done: all.filter((one) => isDone(draft, one)).length, all: all.length };
}

export function thingAt(draft: Draft, one: Step): Item | undefined {
  return draft.items.find((item) => item.id === one.about);
}

/** Which gun of the assembly line this is, counted from 1. */
export function placeInLine(draft: Draft, one: Step): { n: number; of: number } | null {
  const guns = draft.items.filter(isGun);
  const at = guns.findIndex((gun) => gun.id === one.about);
  return notesOf(draft).table && at >= 0 ? { n: at + 1, of: guns.length } : null;
}
