/** What is on its way: the active officer's documents, a bare number for the others, and what the outbox is doing. */
import type { Offset } from "../../lib/clock";
import type { Outbox, OutboxState } from "../../lib/outbox/loop";
import { storageReport, type StorageReport } from "../../lib/storage";
import { type OutboxRow, setting } from "../../lib/store";
import { app } from "./app.svelte";
import { news } from "./news.svelte";

const EVERY = 3000; // ms

class Sending {
  rows = $state.raw<OutboxRow[]>([]);
  unsent = $state(0);
  oldest = $state<string | null>(null);
  others = $state(0);
  /** Why everything waits: this phone isn't admitted yet, or isn't known any more. */
  blocked = $state<string | null>(null);
  offset = $state.raw<Offset | null>(null);
  storage = $state.raw<StorageReport | null>(null);
  outbox = $state.raw<OutboxState | null>(null);
  #outbox: Outbox | null = null;

  start(outbox: Outbox): void {
    this.#outbox = outbox;
    outbox.subscribe((state) => {
      this.outbox = state;
      void stayAwake(state.sending);
      void this.read();
    });
    setInterval(() => void this.read(), EVERY);
    void this.read();
    void this.measure();
  }

  async read(): Promise<void> {
    const device = app.active?.device_id;
    if (!device) return;
    await news.open();
    await app.refresh();
    const { outboxOf, outboxSummary } = await import("../../lib/outbox/counts");
    const [rows, summary, offset] = await Promise.all([
      outboxOf(app.store, device),
      outboxSummary(app.store, device),
      setting<Offset>(app.store, "offset"),
    ]);
    this.rows = rows;
    this.unsent = summary.unsent;
    this.oldest = summary.oldest;
    this.others = summary.of_others;
    this.blocked = summary.blocked;
    this.offset = offset ?? null;
  }

  /** Files on their way, and how many of them are through. */
  get files(): { through: number; all: number } {
    const files = this.rows.filter((row) => row.stage !== "done").flatMap((row) => row.files);
    return { through: files.filter((file) => file.state !== "waiting").length, all: files.length };
  }

  async measure(): Promise<void> {
    this.storage = await storageReport(app.store);
  }

  now(files?: "also_on_mobile_data"): void {
    this.#outbox?.now(files);
  }

  retry(sha256: string): void {
    void this.#outbox?.retry(sha256);
  }

  row(sha256: string): OutboxRow | undefined {
    return this.rows.find((one) => one.sha256 === sha256);
  }
}

let awake: WakeLockSentinel | null = null;

/** While something is sent the screen stays on: an iPhone that sleeps sends nothing. */
async function stayAwake(wanted: boolean): Promise<void> {
  if (wanted && !awake && document.visibilityState === "visible") {
    awake = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
  } else if (!wanted && awake) {
    await awake.release().catch(() => undefined);
    awake = null;
  }
}

export const sending = new Sending();
