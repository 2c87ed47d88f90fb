/**
 * The meter: what a trace and ballistics will still miss, and who can close each gap. The same rules as
 * evidence/domain/readiness.py for what a phone can know; shared vectors keep them so. Nothing here blocks signing.
 */
import type { Draft } from "../../lib/draft";
import { demandedOf } from "../../lib/rules";
import type { Item, Media, View } from "../../lib/schema";
import { countryOfMake, isKnownMake } from "./codes";
import { readingsAgree } from "./serials";
import { isGun } from "./things";
import { groupOf, neededViews } from "./views";

export type Destination = "etrace" | "ballistics";
export type Who = "officer" | "supervisor" | "desk" | "laboratory";
export type Severity = "required" | "recommended" | "at_keying";
export type Outlook = "ready" | "incomplete" | "waits_for_laboratory" | "impossible";

/** Something missing. `field` is a form code (`5h`), a view or `package`. */
export interface Gap {
  code: string;
  field: string;
  who: Who;
  severity: Severity;
}

export interface Reading {
  destination: Destination;
  outlook: Outlook;
  gaps: Gap[];
  reason: string | null;
}

/** The parts of a draft, or of a manifest, that the meter looks at. */
export type Subject = Pick<Draft, "items" | "packages" | "media" | "recovery" | "rules">;

const WHO: readonly Who[] = ["officer", "supervisor", "desk", "laboratory"];
const SEVERITY: readonly Severity[] = ["required", "recommended", "at_keying"];
const BALLISTIC = new Set(["firearm", "privately_made_firearm", "part", "cartridge_case", "cartridge", "bullet"]);

const gap = (code: string, field: string, who: Who, severity: Severity = "required"): Gap => ({
  code,
  field,
  who,
  severity,
});

/** What follows from the facts by a list or a default, beside what was stated. */
interface Facts {
  make: boolean;
  makeUnknown: boolean;
  type: boolean;
  caliber: boolean;
  model: boolean;
  country: string | null;
  importer: boolean;
}

function factsOf(item: Item): Facts {
  const pmf = item.kind === "privately_made_firearm";
  const stated = item.firearm?.make ?? item.part?.make;
  const make = stated?.code ?? stated?.text ?? null;
  const form = item.firearm?.form ?? item.pmf?.type;
  const guessed = form === "pistol" || form === "revolver";
  const caliber =
    item.firearm?.caliber ?? item.part?.caliber ?? item.cartridge_case?.caliber ?? item.cartridge?.caliber;
  return {
    make: make !== null || pmf,
    makeUnknown: make !== null && !isKnownMake(make),
    type: guessed || item.firearm?.type !== undefined || item.pmf !== undefined || item.part !== undefined,
    caliber: (caliber ?? item.bullet?.caliber) !== undefined,
    model: (item.firearm?.model ?? item.part?.model) !== undefined,
    country: item.firearm?.country?.code ?? item.firearm?.country?.text ?? countryOfMake(make),
    importer: item.firearm?.importer !== undefined,
  };
}

function impossible(destination: Destination, item: Item): string | null {
  if (item.kind === "explosive") return "explosive";
  if (destination === "ballistics") return BALLISTIC.has(item.kind) ? null : "kind_not_accepted";
  const status = item.serial?.status;
  const numbered = item.part?.type === "frame_or_receiver" || status === "legible" || status === "partial";
  if (!(isGun(item) || (item.kind === "part" && numbered))) return "kind_not_traceable";
  if (status !== "never_marked") return null;
  return item.kind === "privately_made_firearm" ? "pmf_no_serial" : "no_serial";
}

/** A fact of the form that is missing; one that is left blank on purpose is no longer the officer's. */
function factGap(item: Item, code: string, field: string, names: string[], who: Who): Gap {
  const blanks = names.map((name) => item.blanks?.[name]);
  const relaxed = item.kind !== "firearm" && ["5e", "5f", "5g", "5h"].includes(field);
  const severity = relaxed || blanks.includes("not_applicable") ? "recommended" : "required";
  return gap(code, field, who === "officer" && blanks.includes("no_information") ? "desk" : who, severity);
}

function needsImporter(facts: Facts): boolean {
  return facts.country !== null && facts.country !== "US";
}

function traceGaps(subject: Subject, item: Item, facts: Facts): Gap[] {
  const found: Gap[] = [];
  const miss = (missing: boolean, code: string, field: string, names: string[], who: Who) => {
    if (missing) found.push(factGap(item, code, field, names, who));
  };
  miss(!subject.recovery.crime_code, "crime_code_missing", "2a", [], "supervisor");
  found.push(gap("project_code_missing", "2b", "desk", "at_keying"), gap("ori_missing", "4a", "desk", "at_keying"));
  miss(!facts.make, "make_missing", "5c", ["firearm.make", "part.make"], "officer");
  miss(!facts.type, "type_missing", "5d", ["firearm.type"], "supervisor");
  miss(!facts.caliber, "caliber_missing", "5e", ["firearm.caliber", "part.caliber"], "officer");
  miss(!facts.model, "model_missing", "5f", ["firearm.model", "part.model"], "desk");
  miss(facts.country === null, "country_missing", "5g", ["firearm.country"], "desk");
  const importer = needsImporter(facts) && !facts.importer;
  miss(importer, "importer_missing", "5h", ["firearm.importer"], "officer");
  if (urgentWithoutReason(subject)) found.push(gap("justification_missing", "1b", "supervisor"));
  if (facts.makeUnknown) found.push(gap("make_unknown", "5c", "desk"));
  return [...found, ...serialGaps(item)];
}

function urgentWithoutReason({ recovery }: Subject): boolean {
  return recovery.priority?.level === "urgent" && !recovery.priority.justification;
}

/** 5a by the status of the serial: only a frame's number counts, and it must be legible. */
function serialGaps(item: Item): Gap[] {
  const near: Who = item.make_safe?.state === "not_handled" ? "laboratory" : "officer";
  const serial = item.serial;
  const status = serial?.status;
  if (status === "partial" || status === "obliterated") return [gap(`serial_${status}`, "5a", "laboratory")];
  if (status !== "legible") return [gap(status ? `serial_${status}` : "serial_missing", "5a", near)];
  const elsewhere = serial?.where && serial.where !== "frame" && serial.where !== "unknown";
  if (elsewhere || !serial?.text) return [gap("serial_not_frame", "5a", near)];
  const texts = (serial.readings ?? []).map((one) => one.text);
  if (texts.some((text) => !readingsAgree(serial.text ?? "", text))) {
    return [gap("readings_differ", "5a", "supervisor")];
  }
  return serial.where === "unknown" ? [gap("serial_place_unknown", "5a", near, "recommended")] : [];
}

function shows(subject: Subject, item: Item, view: View): boolean {
  const packages = subject.packages.filter((one) => one.item_ids.includes(item.id)).map((one) => one.id);
  const serving: View[] = [view];
  if (view === "maker_model_marking") serving.push("caliber_marking");
  if (view === "caliber_marking") serving.push("maker_model_marking");
  const names = (media: Media) =>
    media.item_ids.includes(item.id) ||
    (media.view === "package_sealed" &&
      (media.package_id === null ? media.item_ids.length === 0 : packages.includes(media.package_id)));
  return subject.media.some((media) => serving.includes(media.view) && names(media));
}

/** Who takes a missing view: the laboratory where nobody handles the thing, or the officer could not. */
function viewOwner(item: Item, view: View): Who {
  const reason = item.missing_views?.find((one) => one.view === view)?.reason;
  const untouched = item.make_safe?.state === "not_handled" && view !== "package_sealed";
  return untouched || reason === "not_handled" || reason === "unsafe" || reason === "not_visible" ? "laboratory" : "officer";
}

function viewGaps(destination: Destination, subject: Subject, item: Item, facts: Facts): Gap[] {
  const found: Gap[] = [];
  for (const [view, needed] of neededViews(destination, item, needsImporter(facts))) {
    const oneGapIsEnough = view === "importer_country_marking" && !facts.importer;
    if (oneGapIsEnough || shows(subject, item, view)) continue;
    const reason = item.missing_views?.find((one) => one.view === view)?.reason;
    const severity = needed && reason !== "not_visible" ? "required" : "recommended";
    found.push(gap("view_missing", view, viewOwner(item, view), severity));
  }
  return found;
}

/** Views that the agency asks for beyond the table: a gap of their own, which no destination waits for. */
function agencyGaps(subject: Subject, item: Item, told: Gap[]): Gap[] {
  const missing = demandedOf(subject.rules, groupOf(item)).filter((view) => !shows(subject, item, view));
  return missing
    .filter((view) => !told.some((one) => one.code === "view_missing" && one.field === view && one.severity === "required"))
    .map((view) => gap("agency_view_missing", view, viewOwner(item, view), "recommended"));
}

function ballisticGaps(subject: Subject, item: Item, facts: Facts): Gap[] {
  const found: Gap[] = [];
  if (!facts.caliber) found.push(gap("caliber_missing", "b10", "laboratory", "recommended"));
  if (urgentWithoutReason(subject)) found.push(gap("justification_missing", "b1", "supervisor"));
  const packed = subject.packages.find((one) => one.item_ids.includes(item.id));
  if (!packed) found.push(gap("package_missing", "package", "officer"));
  else if (!packed.seal) found.push(gap("seal_missing", "package", "officer"));
  return found;
}

/** The meter of one item for one destination; the officer's gaps first. */
export function readiness(destination: Destination, subject: Subject, item: Item): Reading {
  const reason = impossible(destination, item);
  if (reason) return { destination, outlook: "impossible", gaps: [], reason };
  const facts = factsOf(item);
  const own = destination === "etrace" ? traceGaps(subject, item, facts) : ballisticGaps(subject, item, facts);
  const views = viewGaps(destination, subject, item, facts);
  const asked = agencyGaps(subject, item, views);
  const left = views.filter((one) => !asked.some((other) => other.field === one.field));
  const gaps = [...own, ...left, ...asked].sort(
    (a, b) => WHO.indexOf(a.who) - WHO.indexOf(b.who) || SEVERITY.indexOf(a.severity) - SEVERITY.indexOf(b.severity),
  );
  const waits = gaps.find((one) => one.code === "serial_partial" || one.code === "serial_obliterated");
  if (waits) return { destination, outlook: "waits_for_laboratory", gaps, reason: waits.code };
  const open = gaps.some((one) => one.severity === "required");
  return { destination, outlook: open ? "incomplete" : "ready", gaps, reason: null };
}

export interface Needed extends Gap {
  item: Item;
}

/** One bar of the meter: all items that ask for this destination, taken together. */
export interface Bar {
  destination: Destination;
  outlook: Outlook;
  /** Required gaps, and what the agency asks for beside them, each once however many items it concerns. */
  gaps: Needed[];
  reason: string | null;
}

const GRAVITY: readonly Outlook[] = ["incomplete", "waits_for_laboratory", "ready", "impossible"];

export function bar(destination: Destination, subject: Subject): Bar | null {
  const asked = subject.items.filter((item) => item.requests.includes(destination));
  if (!asked.length) return null;
  const readings = asked.map((item) => ({ item, ...readiness(destination, subject, item) }));
  const worst = [...readings].sort((a, b) => GRAVITY.indexOf(a.outlook) - GRAVITY.indexOf(b.outlook))[0];
  const gaps: Needed[] = [];
  for (const { item, gaps: some } of readings) {
    for (const one of some) {
      const known = gaps.some((other) => other.code === one.code && other.field === one.field);
      const said = one.severity === "required" || one.code === "agency_view_missing";
      if (said && !known) gaps.push({ ...one, item });
    }
  }
  gaps.sort((a, b) => WHO.indexOf(a.who) - WHO.indexOf(b.who));
  return { destination, outlook: worst?.outlook ?? "ready", gaps, reason: worst?.reason ?? null };
}

/** What still keeps the officer from signing: the only four things, less the PIN itself. */
export type Block = { why: "no_items" } | { why: "no_media" } | { why: "no_serial"; item: Item };

export function blocks(draft: Pick<Draft, "items" | "media" | "no_media">): Block[] {
  const found: Block[] = [];
  if (!draft.items.length) found.push({ why: "no_items" });
  if (!draft.media.length && !draft.no_media) found.push({ why: "no_media" });
  for (const item of draft.items) if (isGun(item) && !item.serial) found.push({ why: "no_serial", item });
  return found;
}
