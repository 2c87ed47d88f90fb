/** The list that J and K walk through: as it was when last fetched, with what has been decided taken out. */
import { bodyOf } from "../../lib/api";
import type { components } from "../../lib/api-types";
import { api } from "../shell/session.svelte";

export type Line = components["schemas"]["CaseLine"];
export const SHOWS = ["review", "revisions", "waiting", "returned", "asked", "sent", "stuck", "answered", "ended"] as const;
export type Show = (typeof SHOWS)[number];

class Queue {
  show = $state<Show>("review");
  destination = $state("");
  urgentOnly = $state(false);
  folio = $state("");
  lines = $state.raw<Line[]>([]);
  more = $state<string | null>(null);
  known = $state(false);
  /** The line that the keyboard stands on, kept when the list is fetched anew. */
  chosen = $state<string>();
  #asked = 0;

  readonly shown = $derived.by(() =>
    this.lines.filter(
      (one) =>
        (!this.urgentOnly || one.urgent) &&
        (!this.destination || one.submissions.some((request) => request.destination === this.destination)),
    ),
  );

  /** Only the newest question is answered: a slow earlier one must not put its rows under a search. */
  async load(cursor: string | null = null): Promise<void> {
    const asked = ++this.#asked;
    const query = { show: this.show, limit: 200, ...(cursor ? { cursor } : {}), ...(this.folio ? { folio: this.folio } : {}) };
    const page = bodyOf(await api.GET("/api/v1/review", { params: { query } }));
    if (asked !== this.#asked) return;
    this.lines = cursor ? merged(this.lines, page.items) : page.items;
    this.more = page.next_cursor;
    this.known = true;
  }

  /** The capture `step` places further, if any. */
  beside(id: string, step: 1 | -1): string | undefined {
    const at = this.shown.findIndex((one) => one.id === id);
    return at < 0 ? this.shown[0]?.id : this.shown[at + step]?.id;
  }

  place(id: string): { n: number; of: number } | null {
    const at = this.shown.findIndex((one) => one.id === id);
    return at < 0 ? null : { n: at + 1, of: this.shown.length };
  }

  drop(id: string): void {
    this.lines = this.lines.filter((one) => one.id !== id);
  }
}

/** A capture at the cut of two pages stands on both; its requests belong together. */
function merged(former: Line[], page: Line[]): Line[] {
  const all = new Map(former.map((one) => [one.id, one]));
  for (const one of page) {
    const known = all.get(one.id);
    all.set(one.id, known ? { ...one, submissions: [...known.submissions, ...one.submissions] } : one);
  }
  return [...all.values()];
}

export const queue = new Queue();
