/** What the agency demands of a capture, as the service tells it at enrolment and at each contact. */
import type { components } from "./api-types";
import type { View } from "./schema";

export type AgencyRules = components["schemas"]["AgencyRules"];
export type Numbered = "folio" | "iph" | "seal";
export type Weapon = "pistol" | "revolver" | "long_gun" | "pmf";

const CLASSES: Record<string, string> = { "#": "[0-9]", "@": "[A-Z]", "*": "[A-Z0-9]" };

/** Whether a number is of the pattern (the same rule as evidence/domain/agency_rules.py); without a pattern each is. */
export function fits(pattern: string | undefined, number: string): boolean {
  if (!pattern || !number.trim()) return true;
  const wanted = [...pattern].map((sign) => CLASSES[sign] ?? sign.replace(/[./*-]/g, "\\$&")).join("");
  return new RegExp(`^${wanted}$`).test(number.trim().toUpperCase());
}

/** A number of the pattern, to be shown beside it: digits count up, letters go on from A. */
export function example(pattern: string): string {
  let digit = 0;
  let letter = 0;
  return [...pattern]
    .map((sign) => {
      if (sign === "#" || (sign === "*" && digit <= letter)) return String(++digit % 10);
      if (sign === "@" || sign === "*") return String.fromCharCode(65 + (letter++ % 26));
      return sign;
    })
    .join("");
}

/** Views that the agency asks for of this group of things, beyond the phone's own. */
export function demandedOf(rules: AgencyRules | undefined, group: string | null): View[] {
  return group ? ((rules?.required_views[group] ?? []) as View[]) : [];
}
