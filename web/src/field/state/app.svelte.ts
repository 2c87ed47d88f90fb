/** The phone app's state: who is active, what is shown, the draft at hand. Screens read it and call its verbs. */
import { draftsOf, dropDraft, saveDraft, startDraft } from "../../lib/drafts";
import type { Draft } from "../../lib/draft";
import { recoverShot } from "../../lib/files";
import type { EnrolmentRow, OutboxRow, Store } from "../../lib/store";
import { type Base, historyOf, startAmendment } from "../../lib/history";
import type { Reply } from "../../lib/schema";
import type { Unlocked } from "../../lib/unlock";
import { uuid7 } from "../../lib/ids";
import { note, notesOf, see } from "../rules/notes";
import type { Block } from "../rules/numbering";
import { nextStep, resumeAt, step, stepBefore, stepOf, type Step } from "../rules/steps";
import { withDefaults } from "../rules/packing";
import { position } from "./position.svelte";
import { preferences } from "./preferences.svelte";

export type Place =
  | { name: "home" | "capture" | "list" | "settings" | "users" | "enrol" | "join" | "returned" | "more" | "colleague" | "took_part" | "passkey" }
  | { name: "ladder" | "notice" | "discard" | "amend" | "scene" | "cosign"; sha256: string }
  | { name: "answer"; submission: string };

class App {
  #store: Store | null = null;
  /** Answers are kept one after the other, in the order in which they were given. */
  #saving: Promise<unknown> = Promise.resolve();

  enrolments = $state.raw<EnrolmentRow[]>([]);
  active = $state.raw<EnrolmentRow | null>(null);
  unlocked = $state.raw<Unlocked | null>(null);
  place = $state.raw<Place>({ name: "home" });
  draft = $state.raw<Draft | null>(null);
  /** The drafts of the active officer, oldest first. */
  drafts = $state.raw<Draft[]>([]);
  /** The step whose photo the camera lost; shown once at that very step. */
  lostAt = $state<string | null>(null);
  /** What could not be kept; the screen stays where it is. */
  trouble = $state<string | null>(null);

  get store(): Store {
    if (!this.#store) throw new Error("the store is not open");
    return this.#store;
  }

  /** Several officers sign on this phone: each opens by PIN alone, for the handset's own lock can't tell them apart. */
  get shared(): boolean {
    return this.enrolments.filter((one) => one.state !== "closed").length > 1;
  }

  get step(): Step | null {
    return this.draft ? stepOf(this.draft.step) : null;
  }

  async open(store: Store): Promise<void> {
    this.#store = store;
    await this.readEnrolments();
  }

  async readEnrolments(): Promise<void> {
    this.enrolments = await this.store.getAll("enrolments");
    const last = await this.store.get("settings", "active");
    const usable = this.enrolments.filter((one) => one.state !== "closed");
    this.active = usable.find((one) => one.device_id === last) ?? usable[0] ?? null;
    if (!this.active) this.place = { name: "enrol" };
    else await this.readDrafts();
  }

  /** An administrator may have let this phone in, ended it, or changed the agency's rules since it was read. */
  async refresh(): Promise<void> {
    const row = this.active && (await this.store.get("enrolments", this.active.device_id));
    if (row && (row.state !== this.active?.state || row.rules?.version !== this.active.rules?.version)) this.active = row;
  }

  async become(deviceId: string, unlocked: Unlocked | null): Promise<void> {
    await this.store.put("settings", deviceId, "active");
    this.unlocked = unlocked;
    this.draft = null;
    await this.readEnrolments();
    this.go({ name: "home" });
  }

  async readDrafts(): Promise<void> {
    const deviceId = this.active?.device_id;
    this.drafts = deviceId ? await draftsOf(this.store, deviceId) : [];
    const open = this.drafts.find((one) => one.awaited);
    if (open && !this.draft) await this.resume(open);
  }

  go(place: Place): void {
    this.place = place;
    this.trouble = null;
    keepBackKey(place.name !== "home");
  }

  lock(): void {
    this.unlocked = null;
    this.go({ name: "home" });
  }

  async start(how: { scene?: { sceneId: string; block: Block }; paper?: boolean } = {}): Promise<void> {
    if (!this.active) return;
    const first = how.paper ? step("paper_why") : step("capacity");
    const made = await startDraft(this.store, {
      device_id: this.active.device_id,
      capacity: preferences.now.capacity,
      step: first.id,
      entity: preferences.now.entity,
      ...(how.scene ? { scene_id: how.scene.sceneId } : {}),
    });
    const block = how.scene?.block ?? notesOf(made).block;
    let draft = note(made, { block, from: block.first });
    if (how.paper) draft = withPaper(draft, this.active);
    else position.start();
    this.draft = await saveDraft(this.store, draft);
    this.go({ name: "capture" });
  }

  /** Goes on with a draft at the very step, and says so where the camera took a photo with it. */
  async resume(found: Draft): Promise<void> {
    const { draft, lost } = await recoverShot(this.store, found);
    this.draft = draft;
    if (lost) {
      const at = resumeAt(draft).id;
      const losses = { ...notesOf(draft).losses, [at]: (notesOf(draft).losses[at] ?? 0) + 1 };
      this.draft = await saveDraft(this.store, note(draft, { losses }));
      this.lostAt = at;
    } else if (found.awaited) {
      this.draft = await saveDraft(this.store, { ...draft, step: nextStep(draft, draft.step).id });
    }
    if (!draft.deferred && !draft.amends) position.start();
    this.go({ name: "capture" });
  }

  /** Keeps a change of the draft at once; the step stays. */
  keep(change: (draft: Draft) => Draft): Promise<void> {
    return this.#change((draft) => change(draft));
  }

  /** Keeps an answer and goes to the next open question. */
  answer(change: (draft: Draft) => Draft = (draft) => draft): Promise<void> {
    return this.#change((draft) => {
      const answered = withDefaults(see(change(draft), draft.step), uuid7);
      return { ...answered, step: nextStep(answered, draft.step).id };
    });
  }

  /** Shows another step of the draft: from the meter, or to change an answer. */
  show(to: Step): Promise<void> {
    return this.#change((draft) => ({ ...draft, step: to.id }));
  }

  /** One screen back; from the first question home, where the draft waits. */
  async back(): Promise<void> {
    if (this.place.name !== "capture" || !this.draft) return this.go({ name: "home" });
    const before = stepBefore(this.draft, this.draft.step);
    if (before) return this.show(before);
    await this.leave();
  }

  async leave(): Promise<void> {
    await this.#saving;
    this.draft = null;
    await this.readDrafts();
    this.go({ name: "home" });
  }

  /** A draft was signed: it has left the drafts, and the ladder begins. */
  async signed(row: OutboxRow, unlocked: Unlocked): Promise<void> {
    this.draft = null;
    this.unlocked = unlocked;
    position.forget();
    this.drafts = await draftsOf(this.store, unlocked.device_id);
    this.go({ name: "ladder", sha256: row.sha256 });
  }

  /** Opens a signed capture's facts as a new draft that will replace it; a reply answers a return. */
  async amend(sha256: string, unlocked: Unlocked, reply?: Reply): Promise<void> {
    const past = (await historyOf(this.store, unlocked)).find((one) => one.sha256 === sha256);
    if (!past) throw new Error("not on this phone");
    await this.answerWith(past, unlocked, reply);
  }

  /** The same for facts that another phone signed: this officer's own key will sign what replaces them. */
  async answerWith(past: Base, unlocked: Unlocked, reply?: Reply): Promise<void> {
    this.unlocked = unlocked;
    const open = this.drafts.find((one) => one.amends?.sha256 === past.sha256);
    const before = Object.fromEntries(past.manifest.items.flatMap((one) => (one.serial?.text ? [[one.id, one.serial.text]] : [])));
    const made = open ?? note(await startAmendment(this.store, past, unlocked, "amend"), { before });
    const ready = reply?.answer === "item_gone" || reply?.answer === "disagree";
    const step = ready ? "sign" : "amend";
    this.draft = await saveDraft(this.store, { ...made, step, ...(reply ? { reply } : {}) });
    this.go({ name: "capture" });
  }

  /** Puts a draft aside that was never signed. */
  async drop(captureId: string): Promise<void> {
    await dropDraft(this.store, captureId);
    position.forget();
    await this.leave();
  }

  #change(change: (draft: Draft) => Draft): Promise<void> {
    const work = async () => {
      if (!this.draft) return;
      this.draft = await saveDraft(this.store, change(this.draft));
      this.trouble = null;
      this.lostAt = this.lostAt === this.draft.step ? this.lostAt : null;
      keepBackKey(true);
    };
    this.#saving = this.#saving.then(work, work).catch(() => {
      this.trouble = "failed";
    });
    return this.#saving as Promise<void>;
  }
}

function withPaper(draft: Draft, officer: EnrolmentRow): Draft {
  const typed = { id: officer.officer_id };
  const paper = { reason: "other" as const, written_by: typed, written_at: null, typed_by: typed };
  const recovery = { ...draft.recovery, recovered_at: null, no_position: "deferred" as const };
  return { ...draft, deferred: paper, recovery };
}

/** The phone's own back key goes one screen back too: one entry of history stands for "not at home". */
function keepBackKey(away: boolean): void {
  if (away && history.state?.away !== true) history.pushState({ away: true }, "");
}

export const app = new App();
