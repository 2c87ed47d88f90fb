/** Which photos the phone asks for of which thing, in order (the same table as evidence/domain/data/views.json). */
import type { Item, View } from "../../lib/schema";

export type ViewGroup = "handgun" | "long_gun" | "pmf" | "part" | "cartridge_case" | "cartridge" | "bullet" | "magazine";
export type Need = "no" | "yes" | "helps" | "if_not_us" | "if_seen";

export interface ViewRule {
  view: View;
  /** `R` asked for, `r` recommended. */
  ask: Partial<Record<ViewGroup, "R" | "r">>;
  etrace: Need;
  ballistics: Need;
  scale?: boolean;
  countsAs?: View;
}

const all = (
  ask: "R" | "r",
  ...groups: ViewGroup[]
): Partial<Record<ViewGroup, "R" | "r">> => Object.fromEntries(groups.map((group) => [group, ask]));
const EVERY: ViewGroup[] = ["handgun", "long_gun", "pmf", "part", "cartridge_case", "cartridge", "bullet", "magazine"];
const GUNS: ViewGroup[] = ["handgun", "long_gun", "pmf"];

export const VIEWS: readonly ViewRule[] = [
  { view: "scene_overview", ask: all("R", ...EVERY), etrace: "no", ballistics: "no" },
  { view: "in_situ", ask: { ...all("R", ...EVERY), magazine: "r" }, etrace: "no", ballistics: "no" },
  { view: "as_found_state", ask: all("r", ...GUNS), etrace: "no", ballistics: "helps" },
  { view: "left", ask: { ...all("R", ...GUNS, "part"), magazine: "r" }, etrace: "yes", ballistics: "no", scale: true },
  { view: "right", ask: { ...all("R", ...GUNS, "part"), magazine: "r" }, etrace: "yes", ballistics: "no", scale: true },
  { view: "serial_closeup", ask: { ...all("R", ...GUNS), part: "r" }, etrace: "yes", ballistics: "no" },
  { view: "serial_oblique", ask: all("r", ...GUNS), etrace: "helps", ballistics: "no" },
  {
    view: "maker_model_marking",
    ask: { ...all("R", "handgun", "long_gun", "part"), pmf: "r", magazine: "r" },
    etrace: "yes",
    ballistics: "no",
    countsAs: "caliber_marking",
  },
  {
    view: "caliber_marking",
    ask: { ...all("R", "handgun", "long_gun", "part"), pmf: "r", magazine: "r" },
    etrace: "yes",
    ballistics: "no",
    countsAs: "maker_model_marking",
  },
  { view: "importer_country_marking", ask: all("R", "handgun", "long_gun"), etrace: "if_not_us", ballistics: "no" },
  { view: "other_number", ask: all("r", "handgun", "long_gun"), etrace: "helps", ballistics: "no" },
  { view: "proof_or_property_mark", ask: all("r", "handgun", "long_gun"), etrace: "if_seen", ballistics: "no" },
  { view: "build_detail", ask: all("R", "pmf", "part"), etrace: "helps", ballistics: "helps" },
  { view: "headstamp", ask: all("R", "cartridge_case", "cartridge"), etrace: "no", ballistics: "yes", scale: true },
  { view: "primer_face", ask: all("r", "cartridge_case"), etrace: "no", ballistics: "helps", scale: true },
  { view: "side", ask: all("r", "bullet"), etrace: "no", ballistics: "helps" },
  { view: "base", ask: all("r", "bullet"), etrace: "no", ballistics: "helps" },
  { view: "package_sealed", ask: all("R", ...EVERY), etrace: "no", ballistics: "yes" },
  { view: "paper_form", ask: all("r", ...EVERY), etrace: "no", ballistics: "no" },
];

export function groupOf(item: Item): ViewGroup | null {
  if (item.kind === "firearm") return item.firearm?.form === "long_gun" ? "long_gun" : "handgun";
  if (item.kind === "privately_made_firearm") return "pmf";
  return item.kind === "explosive" || item.kind === "other" ? null : item.kind;
}

export function isRevolver(item: Item): boolean {
  return item.firearm?.form === "revolver";
}

/** Views that some fact asks for, whatever the table says. */
function because(item: Item, view: View): boolean {
  if (view === "as_found_state") return isRevolver(item);
  if (view === "serial_closeup") return item.part?.type === "frame_or_receiver";
  if (view === "serial_oblique") return item.serial?.status === "partial" || item.serial?.status === "obliterated";
  return view === "proof_or_property_mark" && item.firearm?.official_mark === "yes";
}

/** The views asked for of this thing, in order; true where skipping one wants a reason. */
export function askedViews(item: Item): Map<View, boolean> {
  const group = groupOf(item);
  const found = new Map<View, boolean>();
  for (const rule of VIEWS) {
    const ask = group && rule.ask[group];
    if (ask) found.set(rule.view, because(item, rule.view) || ask === "R");
  }
  return found;
}

/** The views asked and needed of this thing for a destination; true where it can't do without. */
export function neededViews(destination: "etrace" | "ballistics", item: Item, importer: boolean): Map<View, boolean> {
  const asked = askedViews(item);
  const found = new Map<View, boolean>();
  const served = new Set<View>();
  const holds: Partial<Record<Need, boolean>> = {
    yes: true,
    if_not_us: importer,
    if_seen: item.firearm?.official_mark === "yes",
  };
  for (const rule of VIEWS) {
    const need = rule[destination];
    const ask = asked.get(rule.view);
    if (ask === undefined || served.has(rule.view) || !(need === "helps" || holds[need])) continue;
    found.set(rule.view, ask && need !== "helps");
    if (rule.countsAs) served.add(rule.countsAs);
  }
  return found;
}

/** The guided photos of a handled thing. One photo of the markings serves maker, model, caliber and importer. */
export function viewsOf(item: Item): View[] {
  const guided: View[] = ["left", "right", "serial_closeup", "maker_model_marking", "build_detail"];
  const asked = askedViews(item);
  return guided.filter((view) => asked.get(view));
}

export function wantsScale(view: View): boolean {
  return VIEWS.some((rule) => rule.view === view && rule.scale === true);
}

/** Views for which light from the side matters, and a flash from the front spoils all. */
export function wantsSideLight(view: View): boolean {
  return view === "serial_closeup" || view === "serial_oblique" || view === "headstamp" || view === "primer_face";
}
