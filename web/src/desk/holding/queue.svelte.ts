/** One destination's list: filters, pages, saved views. Rows live in memory only; a view keeps filters, never a search. */
import { bodyOf } from "../../lib/api";
import { problemWord } from "../shell/problems";
import { api } from "../shell/session.svelte";
import type { Destination, QueueItem, Sender } from "./types";

export interface Filters {
  scope: "open" | "answered" | "all";
  sort: "due" | "age";
  mine: boolean;
  unassigned: boolean;
  overdue: boolean;
  unanswered: boolean;
  lead_open: boolean;
  detainee: boolean;
  agency_id: string;
  physical: string;
  kind: string;
  caliber: string;
}

export const FRESH: Filters = {
  scope: "open",
  sort: "due",
  mine: false,
  unassigned: false,
  overdue: false,
  unanswered: false,
  lead_open: false,
  detainee: false,
  agency_id: "",
  physical: "",
  kind: "",
  caliber: "",
};

export interface View {
  name: string;
  filters: Filters;
}

const PAGE = 50;

export class Queue {
  rows = $state.raw<QueueItem[]>([]);
  filters = $state<Filters>({ ...FRESH });
  text = $state("");
  /** What was asked for last: the rows belong to this text. */
  sought = $state("");
  next = $state<string | null>(null);
  loading = $state(true);
  failed = $state("");
  views = $state.raw<View[]>([]);
  agencies = $state.raw<Sender[]>([]);
  #turn = 0;

  constructor(readonly destination: Destination) {
    this.views = JSON.parse(localStorage.getItem(this.#key) ?? "[]") as View[];
  }

  get #key(): string {
    return `desk.views.${this.destination}`;
  }

  /** Whose requests are here, to filter by. */
  async meet(): Promise<void> {
    const path = { destination: this.destination };
    this.agencies = await api
      .GET("/api/v1/queues/{destination}/agencies", { params: { path } })
      .then((answer) => bodyOf(answer).items)
      .catch(() => []);
  }

  async load(): Promise<void> {
    const turn = ++this.#turn;
    const sought = this.text.trim();
    try {
      const page = await this.#page(sought);
      if (turn !== this.#turn) return;
      this.rows = page.items;
      this.next = page.next_cursor;
      this.sought = sought;
      this.failed = "";
    } catch (error) {
      if (turn === this.#turn) this.failed = problemWord(error);
    } finally {
      if (turn === this.#turn) this.loading = false;
    }
  }

  async more(): Promise<void> {
    if (!this.next) return;
    const turn = this.#turn;
    const page = await this.#page(this.sought, this.next);
    if (turn !== this.#turn) return;
    this.rows = [...this.rows, ...page.items];
    this.next = page.next_cursor;
  }

  /** Every line that the filters find, for a file: page by page. */
  async all(): Promise<QueueItem[]> {
    const found: QueueItem[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: QueueItem[]; next_cursor: string | null } = await this.#page(this.sought, cursor ?? undefined);
      found.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor);
    return found;
  }

  async #page(text: string, cursor?: string) {
    const { physical, kind, caliber, agency_id, ...rest } = this.filters;
    const named = { physical, kind, agency_id, caliber: caliber.trim(), text: text.slice(0, 300), cursor };
    const given = Object.fromEntries(Object.entries(named).filter(([, value]) => value));
    const query = { ...rest, ...given, limit: PAGE };
    return bodyOf(
      await api.GET("/api/v1/queues/{destination}/items", { params: { path: { destination: this.destination }, query } }),
    );
  }

  choose(filters: Partial<Filters>): void {
    this.filters = { ...this.filters, ...filters };
    void this.load();
  }

  keep(name: string): void {
    this.#keep([...this.views.filter((one) => one.name !== name), { name, filters: { ...this.filters } }]);
  }

  drop(name: string): void {
    this.#keep(this.views.filter((one) => one.name !== name));
  }

  #keep(views: View[]): void {
    this.views = views;
    localStorage.setItem(this.#key, JSON.stringify(views));
  }
}
