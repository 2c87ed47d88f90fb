/** Where a thing was last, as somebody recorded it: a hit months later asks exactly this. */
import type { PhysicalEvent } from "./types";

export interface Whereabouts {
  place: string;
  at: string;
}

/** The newest event that names a place or a taker; null when none does. `events` as they arrived. */
export function whereabouts(events: PhysicalEvent[]): Whereabouts | null {
  for (const event of [...events].reverse()) {
    const facts = event.facts as Record<string, string>;
    const taken = ["handed_back", "handed_over", "received"].includes(event.kind) ? facts["to"] : "";
    const place = [taken, facts["place"]].filter(Boolean).join(" · ");
    if (place && event.kind !== "mismatch") return { place, at: event.happened_at };
  }
  return null;
}
