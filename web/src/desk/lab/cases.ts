import type { Case } from "../holding/case.svelte";

/** The two cases that a lead or hit names. */
export interface NamedCase {
  agency: string;
  case_number: string;
  item: string;
}

/** The request's own case, as its dossier names it: where a form begins. */
export function ownCase(one: Case): NamedCase {
  return { agency: one.row?.agency ?? "", case_number: one.row?.case_number ?? "", item: one.document?.item.number ?? "" };
}

export function casesIn(facts: Record<string, unknown>): NamedCase[] {
  const listed = facts["cases"];
  return Array.isArray(listed) ? (listed as NamedCase[]) : [];
}
