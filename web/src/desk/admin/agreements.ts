/** How an agreement stands, and its windows in words. */
import type { components } from "../../lib/api-types";

type Agreement = components["schemas"]["AgreementAnswer"];
export type AgreementState = "offered" | "accepted" | "later" | "live" | "over" | "revoked";

export function agreementState(one: Agreement, now = Date.now()): AgreementState {
  if (one.revoked_at) return "revoked";
  if (Date.parse(one.valid_until) <= now) return "over";
  if (!one.accepted_at) return "offered";
  if (one.approves && !one.confirmed_at) return "accepted";
  return Date.parse(one.valid_from) > now ? "later" : "live";
}

/** `days` are the names of Monday to Sunday; a whole week is said in one word, the eighth. */
export function windowText(window: { days: number[]; from: string; until: string }, days: readonly string[]): string {
  const every = window.days.length === 7;
  return `${every ? days[7] : window.days.map((day) => days[day - 1]).join(", ")} ${window.from}–${window.until}`;
}
