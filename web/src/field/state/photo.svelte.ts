/** One photo's way into the draft: awaited, hashed, written, read back, looked at, and only then the next screen. */
import type { Shot } from "../../lib/draft";
import { dropFile, expectShot, giveUpShot, keepFile, readFile } from "../../lib/files";
import { keepPreview, readPreview } from "../../lib/history";
import type { Source } from "../../lib/schema";
import { StorageFailed } from "../../lib/store";
import { lookAt } from "../picture/look";
import { SHAKEN } from "../picture/sharpness";
import { takeView } from "../rules/facts";
import { photosFor, type Step } from "../rules/steps";
import { app } from "./app.svelte";
import { preferences } from "./preferences.svelte";

type Trouble = "no_room" | "not_saved" | "empty";

interface Origin {
  source: Source;
  takenAt: number;
}

export class PhotoTaker {
  busy = $state(false);
  blurred = $state(false);
  trouble = $state<Trouble | null>(null);
  /** The address of the newest photo, to be shown. */
  shown = $state<string | null>(null);
  #of: string | undefined;

  /** Writes down what the camera is opened for. False where that could not be kept: then it isn't opened. */
  async expect(wanted: Omit<Shot, "media_id" | "asked_at">): Promise<boolean> {
    if (!app.draft) return false;
    this.trouble = null;
    try {
      app.draft = await expectShot(app.store, app.draft, wanted);
      return true;
    } catch (error) {
      this.#say(error);
      return false;
    }
  }

  async giveUp(): Promise<void> {
    if (app.draft?.awaited) app.draft = await giveUpShot(app.store, app.draft);
  }

  /** Keeps the file, asks whether it is sharp, and goes on where it is. */
  async keep(file: Blob, { source, takenAt }: Origin): Promise<void> {
    const before = app.draft;
    if (!before) return;
    if (!file.size) {
      this.trouble = "empty";
      return this.giveUp();
    }
    this.busy = true;
    const looking = lookAt(file);
    try {
      const by = app.active ? { captured_by: app.active.officer_id } : {};
      const kept = await keepFile(app.store, before, file, { source, taken_at: takenAt, ...by });
      const line = kept.media.at(-1);
      app.draft = kept;
      if (!preferences.now.silent) navigator.vibrate?.(40);
      app.lostAt = null;
      await app.keep(takeView(line?.item_ids ?? [], line?.view ?? "other"));
      const { sharp, preview } = await looking;
      if (preview && line) await keepPreview(app.store, kept, line.id, preview);
      if (sharp !== null && sharp < SHAKEN) {
        this.blurred = true;
        await this.show(line?.id);
      } else {
        await app.answer();
      }
    } catch (error) {
      this.#say(error);
      await this.giveUp().catch(() => undefined);
    } finally {
      this.busy = false;
    }
  }

  /** Takes the newest photo of this step out again, to make another. An amendment only adds. */
  async again(step: Step): Promise<void> {
    this.blurred = false;
    const last = app.draft && photosFor(app.draft, step).at(-1);
    if (last && app.draft && !app.draft.amends) app.draft = await dropFile(app.store, app.draft, last.id);
  }

  async show(mediaId: string | undefined): Promise<void> {
    if (mediaId === this.#of) return;
    this.close();
    this.#of = mediaId;
    if (!mediaId) return;
    const small = await readPreview(app.store, mediaId, app.unlocked).catch(() => undefined);
    const blob = small ?? (await readFile(app.store, mediaId));
    if (blob && this.#of === mediaId) this.shown = URL.createObjectURL(blob);
  }

  close(): void {
    if (this.shown) URL.revokeObjectURL(this.shown);
    this.shown = null;
    this.#of = undefined;
  }

  #say(error: unknown): void {
    this.trouble = error instanceof StorageFailed && error.code === "storage_full" ? "no_room" : "not_saved";
  }
}
