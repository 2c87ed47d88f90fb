/**
 * What became of each capture: the officer's own status feed, kept on the phone so that it can be read offline.
 * Only states and codes come here: no purchaser, no other case, no name.
 */
import type { components } from "../../lib/api-types";
import type { Contact } from "../../lib/outbox/contact";
import { keepSetting, setting } from "../../lib/store";
import { app } from "./app.svelte";
import { sending } from "./sending.svelte";

export type Change = components["schemas"]["ChangeAnswer"];

/** One request for one item, as the officer hears of it. */
export interface Line {
  submission_id: string;
  capture_id: string;
  folio: string;
  state: string;
  destination: string | null;
  item_id: string | null;
  reason: string | null;
  result: string | null;
  /** The laboratory reads another serial than the officer signed. */
  serial_differs?: boolean;
  at: string;
}

export interface Returned extends Line {
  /** What an answer amends: the head, as far as this phone has it. */
  manifest_sha256: string;
  /** The head was signed on another phone: its facts have to be fetched with an account. */
  elsewhere: boolean;
}

/** Note and marks of a return, as the service keeps them for whoever signed. */
export type Detail = components["schemas"]["ReturnedAnswer"];

interface Kept {
  after: number;
  asked_at: string | null;
  lines: Line[];
  details?: Detail[];
  /** Returns that were answered here: request to the moment of the return, which is the service's. */
  answered?: Record<string, string>;
}

const NOTHING: Kept = { after: -1, asked_at: null, lines: [] };
const PAGE = 200;
/** The service's reasons for what the officer took back himself: no answer is asked for. */
const TAKEN_BACK: readonly string[] = ["discarded", "not_in_manifest"];

class News {
  kept = $state.raw<Kept>(NOTHING);
  #contact: Contact | null = null;
  #asking = false;
  #device: string | null = null;

  /** Returned requests whose capture is on this phone and that no signed answer has followed. */
  get returned(): Returned[] {
    return this.kept.lines.flatMap((line) => {
      const root = sending.rows.find((one) => one.id === line.capture_id && one.kind === "capture");
      if (!root || line.state !== "returned" || TAKEN_BACK.includes(line.reason ?? "")) return [];
      if (this.kept.answered?.[line.submission_id] === line.at) return [];
      const head = this.detail(line.submission_id)?.manifest_sha256 ?? root.sha256;
      if (app.drafts.some((one) => one.reply && one.amends?.sha256 === head)) return [];
      return [{ ...line, manifest_sha256: head, elsewhere: !sending.row(head) }];
    });
  }

  /** Note and marks of a return; null while they have not come. Shown only to the officer who has unlocked. */
  detail(submissionId: string): Detail | null {
    return this.kept.details?.find((one) => one.submission_id === submissionId) ?? null;
  }

  /** What is known of one capture, newest first. */
  of(captureId: string): Line[] {
    return this.kept.lines.filter((line) => line.capture_id === captureId);
  }

  /** What is kept for whoever is active now: another officer's news is never shown. */
  async open(): Promise<void> {
    const device = app.active?.device_id ?? null;
    if (device === this.#device) return;
    this.kept = NOTHING;
    const kept = device ? await setting<Kept>(app.store, name(device)) : undefined;
    this.kept = kept ?? NOTHING;
    this.#device = device;
  }

  /** An answer to this return was signed: the card goes, and comes again only if it is returned again. */
  async answered(submissionId: string): Promise<void> {
    const line = this.kept.lines.find((one) => one.submission_id === submissionId);
    const device = app.active?.device_id;
    if (!line || !device) return;
    this.kept = { ...this.kept, answered: { ...this.kept.answered, [submissionId]: line.at } };
    await keepSetting(app.store, name(device), this.kept);
  }

  /** Asks for what is new. Silent without a signal: what is known stays. */
  async ask(): Promise<void> {
    const enrolment = app.active;
    if (!enrolment || this.#asking) return;
    this.#asking = true;
    try {
      await this.open();
      if (enrolment.state !== "active") return;
      const [{ bodyOf, phoneApi }, { Contact }] = await Promise.all([
        import("../../lib/api"),
        import("../../lib/outbox/contact"),
      ]);
      const api = phoneApi();
      this.#contact ??= new Contact(app.store, api);
      let kept = this.kept;
      for (let more = true; more; ) {
        const query = { after: kept.after, limit: PAGE };
        const page = await this.#contact.as(enrolment, async (headers) =>
          bodyOf(await api.GET("/api/v1/status", { params: { query }, headers })),
        );
        kept = { ...kept, after: page.next_after, asked_at: new Date().toISOString(), lines: taken(kept.lines, page.items) };
        more = page.items.length === PAGE;
      }
      if (kept.lines.some((line) => line.state === "returned")) {
        const found = await this.#contact.as(enrolment, async (headers) => bodyOf(await api.GET("/api/v1/status/returned", { headers })));
        kept = { ...kept, details: found.items };
      } else kept = { ...kept, details: [] };
      if (this.#device !== enrolment.device_id) return;
      this.kept = { ...kept, ...(this.kept.answered ? { answered: this.kept.answered } : {}) };
      await keepSetting(app.store, name(enrolment.device_id), this.kept);
    } catch {
      // No signal, or not admitted yet: the next contact asks again.
    } finally {
      this.#asking = false;
    }
  }
}

const name = (deviceId: string): string => `news:${deviceId}`;

/** Each change over what was known of its request; the newest first. */
function taken(lines: readonly Line[], changes: readonly Change[]): Line[] {
  const found = new Map(lines.map((line) => [line.submission_id, line]));
  for (const change of changes) {
    if (!change.submission_id || !change.capture_id) continue;
    const former = found.get(change.submission_id);
    found.delete(change.submission_id);
    found.set(change.submission_id, {
      submission_id: change.submission_id,
      capture_id: change.capture_id,
      folio: change.folio ?? former?.folio ?? "",
      state: change.submission_state ?? former?.state ?? "",
      destination: change.destination ?? former?.destination ?? null,
      item_id: change.item_id ?? former?.item_id ?? null,
      reason: change.reason ?? null,
      result: change.result_code ?? former?.result ?? null,
      serial_differs: former?.serial_differs || change.mismatches.includes("serial_differs"),
      at: change.at,
    });
  }
  return [...found.values()].sort((one, other) => other.at.localeCompare(one.at));
}

export const news = new News();
