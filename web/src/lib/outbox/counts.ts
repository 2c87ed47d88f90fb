/** What the start screen and the ladder say of the outbox. Works while the phone is locked: it reads no facts. */
import { type OutboxRow, type Store, setting } from "../store";
import { type Blocked, blockedOf } from "./drain";

export interface OutboxSummary {
  /** Documents that have no verified receipt (a capture) or acknowledgement (a statement). */
  unsent: number;
  oldest: string | null;
  /** Those that wait for a person. */
  stuck: number;
  /** Why all of them wait: `device_pending`, `device_unknown`. */
  blocked: string | null;
  /** Other officers' on this phone: a number and nothing else. */
  of_others: number;
}

export async function outboxSummary(store: Store, deviceId: string): Promise<OutboxSummary> {
  const all = (await store.getAll("outbox")).filter((row) => row.stage !== "done");
  const mine = all.filter((row) => row.device_id === deviceId);
  const blocked = await setting<Blocked>(store, blockedOf(deviceId));
  return {
    unsent: mine.length,
    oldest: mine.map((row) => row.signed_at).sort()[0] ?? null,
    stuck: mine.filter((row) => row.stuck !== null).length,
    blocked: blocked?.code ?? null,
    of_others: all.length - mine.length,
  };
}

/** An enrolment's documents, newest first, with the stage and files of each: the ladder. */
export async function outboxOf(store: Store, deviceId: string): Promise<OutboxRow[]> {
  const rows = await store.getAllFromIndex("outbox", "device", deviceId);
  return rows.sort((one, other) => other.seq - one.seq);
}

export type Rung = "saved" | "facts_in" | "files_in" | "receipt";

/** How far a document has come, and how many of its files are through. */
export function rungOf(row: OutboxRow): { rung: Rung; files: number; through: number } {
  const through = row.files.filter((file) => file.state !== "waiting").length;
  const rung = { facts: "saved", files: "facts_in", checking: "files_in", done: "receipt" } as const;
  return { rung: rung[row.stage], files: row.files.length, through };
}
