/** One request as its holder has it: the approved dossier, its line of the queue, its events and files. */
import { bodyOf } from "../../lib/api";
import { problemWord } from "../shell/problems";
import { api } from "../shell/session.svelte";
import type { Attachment, Destination, Document, Held, PhysicalEvent, QueueItem, Result } from "./types";
import { attachments } from "./upload";

export class Case {
  held = $state.raw<Held | null>(null);
  row = $state.raw<QueueItem | null>(null);
  events = $state.raw<PhysicalEvent[]>([]);
  files = $state.raw<Attachment[]>([]);
  results = $state.raw<Result[]>([]);
  failed = $state("");

  constructor(
    readonly destination: Destination,
    readonly id: string,
  ) {}

  /** The dossier that counts: the one that the holder accepted, else the approved one. */
  get digest(): string {
    const row = this.held?.submission;
    return row?.accepted_digest ?? row?.approved_digest ?? "";
  }

  get document(): Document | null {
    const dossier = this.held?.holder?.dossiers.find((one) => one.digest === this.digest);
    return (dossier?.document as unknown as Document | undefined) ?? null;
  }

  /** Whether a newer dossier is approved than the one that is worked on. */
  get revised(): boolean {
    const row = this.held?.submission;
    return !!row?.accepted_digest && row.accepted_digest !== row.approved_digest;
  }

  get works(): boolean {
    return ["in_progress", "needs_information"].includes(this.held?.submission.state ?? "");
  }

  get capture_id(): string {
    return this.held?.submission.root_id ?? "";
  }

  async load(): Promise<void> {
    const path = { submission_id: this.id };
    try {
      const held = bodyOf(await api.GET("/api/v1/submissions/{submission_id}", { params: { path } }));
      const [row, events, files, results] = await Promise.all([
        this.#row(held),
        api.GET("/api/v1/captures/{capture_id}/events", {
          params: { path: { capture_id: held.submission.root_id }, query: { limit: 200 } },
        }),
        attachments(this.id),
        api.GET("/api/v1/submissions/{submission_id}/results", { params: { path, query: { limit: 200 } } }),
      ]);
      this.held = held;
      this.row = row;
      this.events = bodyOf(events).items.filter((one) => one.item_ids.includes(held.submission.item_id));
      this.files = files;
      this.results = bodyOf(results).items;
      this.failed = "";
    } catch (error) {
      this.failed = problemWord(error);
    }
  }

  /** The queue's own line of this request: it knows the clock, the stage and who has it. */
  async #row(held: Held): Promise<QueueItem | null> {
    const document = held.holder?.dossiers.at(-1)?.document as unknown as Document | undefined;
    const query = { scope: "all" as const, text: document?.folio, limit: 200 };
    const found = await api.GET("/api/v1/queues/{destination}/items", {
      params: { path: { destination: this.destination }, query: query as never },
    });
    return bodyOf(found).items.find((one) => one.submission_id === this.id) ?? null;
  }
}

/** The serial's close-up before all else: it is what everybody compares with. */
export function serialFirst(media: Document["media"]): Document["media"] {
  const rank = (view: string) => (view === "serial_closeup" ? 0 : view === "package_sealed" ? 2 : 1);
  return [...media].sort((one, other) => rank(one.view) - rank(other.view));
}
