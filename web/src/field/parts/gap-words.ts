/** A gap of the meter in words. */
import { words } from "../../lib/words/later";
import type { View } from "../../lib/schema";
import type { Gap } from "../rules/meter";

export function gapWords(gap: Gap): string {
  const w = words.after.gap;
  if (gap.code === "view_missing") return w.view(words.codes.view[gap.field as View].toLocaleLowerCase());
  if (gap.code === "agency_view_missing") return w.agency_view(words.codes.view[gap.field as View].toLocaleLowerCase());
  const known: Record<string, string> = {
    package_missing: w.package,
    seal_missing: w.seal,
    serial_not_frame: w.serial_not_frame,
    serial_partial: w.serial_partial,
    serial_obliterated: w.serial_obliterated,
    serial_place_unknown: w.serial_place,
    readings_differ: w.readings_differ,
    make_missing: w.make,
    make_unknown: w.make_unknown,
    type_missing: w.type,
    caliber_missing: w.caliber,
    model_missing: w.model,
    country_missing: w.country,
    importer_missing: w.importer,
    crime_code_missing: w.crime_code,
    justification_missing: w.justification,
    project_code_missing: w.project_code,
    ori_missing: w.ori,
  };
  return known[gap.code] ?? (gap.code.startsWith("serial_") ? w.serial : w.other);
}
