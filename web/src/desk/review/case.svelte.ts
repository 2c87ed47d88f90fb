/** One capture on the screen: what the service told, what was looked at here, and what changed meanwhile. */
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import { bodyOf } from "../../lib/api";
import type { components } from "../../lib/api-types";
import { api } from "../shell/session.svelte";
import { hour } from "../shell/times";
import { carry, unpack } from "../shell/trips";
import { type Difference, differences } from "./differences";

type Schemas = components["schemas"];
export type Review = Schemas["ReviewAnswer"];
export type Item = Schemas["ItemView"];
export type File = Schemas["ReviewFile"];
export type Request = Schemas["ReviewRequest"];
export type Warning = Schemas["WarningLine"];
export type Fact = Schemas["FactLine"];
export type Gap = Schemas["GapLine"];

/** A region of a photo, in thousandths of its width and height. */
export interface Mark {
  media_id: string;
  x: number;
  y: number;
  w: number;
  h: number;
}

/** Requests that stand alike: the same destination, state, warnings and gaps. Five cases of one photo are one line. */
export interface Group {
  key: string;
  destination: string;
  state: string;
  requests: Request[];
  items: Item[];
  warnings: Warning[];
  gaps: Gap[];
  outlook: string;
}

/** What a supervisor may still decide over. */
export const DECIDABLE: readonly string[] = ["pending_review"];

const ORDER = ["serial_closeup", "serial_oblique", "maker_model_marking", "importer_country_marking", "left", "right"];

export const nameOf = (warning: Pick<Warning, "code" | "about">): string => `${warning.code}|${warning.about ?? ""}`;

/** Warnings that differ only in what they are about, as one line. */
export interface WarningLine {
  level: string;
  code: string;
  abouts: string[];
}

const JOINED: readonly string[] = ["view_not_opened", "lookalike_unconfirmed", "media_after_signing"];

const QUIET: readonly string[] = ["finding", "media"];

/** What was opened of each capture since the page was loaded: coming back to one does not begin anew. */
const OPENED = new Map<string, SvelteSet<string>>(
  ((unpack("opened") ?? []) as [string, string[]][]).map(([id, names]) => [id, new SvelteSet(names)]),
);
// Nor does leaving for the organisation's own sign-in, to confirm a decision.
carry("opened", () => [...OPENED].map(([id, names]) => [id, [...names]]));

export const openedHere = (): string[] => [...OPENED.keys()];

export interface Reply {
  answer: "corrected" | "retaken" | "item_gone" | "disagree";
  item_id?: string;
  text?: string;
  holder?: { who: { name: string }; at?: string };
}

export class Case {
  data = $state.raw<Review>() as Review;
  itemId = $state("");
  photoId = $state("");
  comparedId = $state("");
  marks = $state.raw<Mark[]>([]);
  /** What changed while it was on the screen; null while nothing did. */
  changed = $state.raw<Difference[] | null>(null);
  /** Media id → object address of its preview. Only what was really shown is fetched: fetching it is "opened". */
  readonly pictures = new SvelteMap<string, string>();
  readonly seen: SvelteSet<string>;

  constructor(data: Review) {
    this.data = data;
    this.seen = OPENED.get(data.capture.id) ?? new SvelteSet();
    OPENED.set(data.capture.id, this.seen);
    this.itemId = (this.items.find((one) => one.has_serial) ?? this.items[0])?.id ?? "";
    this.photoId = this.files[0]?.id ?? "";
  }

  static async open(captureId: string): Promise<Case> {
    return new Case(await fetchReview(captureId));
  }

  readonly id = $derived.by(() => this.data.capture.id);
  readonly items = $derived.by(() => this.data.items);
  readonly item = $derived.by(() => this.items.find((one) => one.id === this.itemId));
  /** The serial's close-up first, then the other marks, then the rest as signed. */
  readonly files = $derived.by(() => {
    const place = (file: File) => (ORDER.includes(file.view) ? ORDER.indexOf(file.view) : ORDER.length);
    return [...this.data.media].sort((one, other) => place(one) - place(other));
  });
  readonly photo = $derived.by(() => this.files.find((one) => one.id === this.photoId));
  readonly compared = $derived.by(() => this.files.find((one) => one.id === this.comparedId));
  readonly groups = $derived.by(() => groupsOf(this.data));
  /** Whoever may decide has read every serial: only then is what others read fetched at all. */
  readonly allRead = $derived.by(() => this.items.every((one) => !(one.blind && one.has_serial)));
  readonly warnings = $derived.by(() => {
    const open = this.groups.filter((one) => this.decidable(one));
    const lines = new Map<string, WarningLine>();
    for (const { level, code, about } of open.flatMap((one) => one.warnings)) {
      const key = JOINED.includes(code) ? code : nameOf({ code, about });
      const line = lines.get(key) ?? { level, code, abouts: [] };
      if (!line.abouts.includes(about ?? "")) line.abouts.push(about ?? "");
      lines.set(key, line);
    }
    return [...lines.values()].sort((one, other) => Number(one.level !== "red") - Number(other.level !== "red"));
  });

  decidable(group: Group): boolean {
    const waits = ({ submission }: Request) => submission.revision_pending || submission.provisional_until !== null;
    return DECIDABLE.includes(group.state) || group.requests.some(waits);
  }

  isSeen({ level, code, abouts }: WarningLine): boolean {
    return level === "amber" && abouts.every((about) => this.seen.has(nameOf({ code, about })));
  }

  see({ code, abouts }: WarningLine): void {
    for (const about of abouts) this.seen.add(nameOf({ code, about }));
  }

  unseen(group: Group): number {
    return group.warnings.filter((one) => one.level === "amber" && !this.seen.has(nameOf(one))).length;
  }

  red(group: Group): boolean {
    return group.warnings.some((one) => one.level === "red");
  }

  approvable(group: Group): boolean {
    return this.decidable(group) && !this.red(group) && this.unseen(group) === 0 && !this.data.own;
  }

  person(id: string | null | undefined): string {
    return this.data.people.find((one) => one.id === id)?.code ?? "";
  }

  /** What the officer answered to the last return; null without an answer. */
  get reply(): Reply | null {
    return ((this.data.head ?? {})["reply"] as Reply | undefined) ?? null;
  }

  /** Who has an item that the officer no longer has, and since when: `M-501, 06:40`. Empty while the officer has it. */
  get holder(): string {
    const { answer, holder } = this.reply ?? {};
    if (answer !== "item_gone" || !holder) return "";
    const zone = String((this.data.head ?? {})["zone"] ?? "") || undefined;
    return [holder.who.name, holder.at ? hour(holder.at, zone) : ""].filter(Boolean).join(", ");
  }

  /** Whether the officer answered that this item is with somebody else. */
  gone(group: Group): boolean {
    const { item_id } = this.reply ?? {};
    return !!this.holder && (!item_id || group.items.some((one) => one.id === item_id));
  }

  organisation(id: string | null | undefined): string {
    return this.data.organisations.find((one) => one.id === id)?.name ?? "";
  }

  /** Fetches a preview by a request whose item the file shows; the service notes that it was opened. */
  async look(mediaId: string): Promise<void> {
    const file = this.files.find((one) => one.id === mediaId);
    if (!file || file.preview !== "ready" || this.pictures.has(mediaId)) return;
    const request = this.data.submissions.find((one) => file.item_ids.includes(one.submission.item_id));
    if (!request) return;
    const answer = await api.GET("/api/v1/submissions/{submission_id}/media/{media_id}/preview", {
      params: { path: { submission_id: request.submission.id, media_id: mediaId } },
      parseAs: "blob",
    });
    this.pictures.set(mediaId, URL.createObjectURL(answer.data as unknown as Blob));
    if (!file.opened) await this.reload();
  }

  /**
   * Asks again. What changed is put before the person: always after a refusal, and on news only when content or
   * state moved, for a file that arrived changes nothing that is decided over.
   */
  async reload(tell: "nothing" | "content" | "always" = "nothing"): Promise<void> {
    const former = this.data;
    const now = await fetchReview(this.id);
    this.data = now;
    if (!this.files.some((one) => one.id === this.photoId)) this.photoId = this.files[0]?.id ?? "";
    if (!this.item) this.itemId = this.items[0]?.id ?? "";
    const found = tell === "nothing" ? [] : differences(former, now);
    if (tell === "always" || found.some((one) => !QUIET.includes(one.field))) this.changed = found;
  }

  close(): void {
    for (const address of this.pictures.values()) URL.revokeObjectURL(address);
    this.pictures.clear();
  }
}

async function fetchReview(captureId: string): Promise<Review> {
  return bodyOf(await api.GET("/api/v1/captures/{capture_id}/review", { params: { path: { capture_id: captureId } } }));
}

/** What somebody works on is taken back one by one. */
const WORKED_ON: readonly string[] = ["leased", "in_progress", "needs_information"];

function groupsOf(data: Review): Group[] {
  const groups = new Map<string, Group>();
  const byItem = (one: Request) => data.items.findIndex((item) => item.id === one.submission.item_id);
  const sorted = [...data.submissions].sort(
    (one, other) => byItem(one) - byItem(other) || -one.submission.destination.localeCompare(other.submission.destination),
  );
  for (const request of sorted) {
    const { submission, agency } = request;
    const item = data.items.find((one) => one.id === submission.item_id);
    const warnings = agency.warnings ?? [];
    const gaps = agency.readiness?.gaps ?? [];
    const alone = WORKED_ON.includes(submission.state) ? submission.id : "";
    const alike = [submission.destination, submission.state, submission.revision_pending, item?.kind, warnings, gaps, alone];
    const key = JSON.stringify(alike);
    const known = groups.get(key);
    if (known) {
      known.requests.push(request);
      if (item) known.items.push(item);
    } else
      groups.set(key, {
        key: submission.id,
        destination: submission.destination,
        state: submission.state,
        requests: [request],
        items: item ? [item] : [],
        warnings,
        gaps,
        outlook: agency.readiness?.outlook ?? "",
      });
  }
  return [...groups.values()];
}
