/** The outbox's rows: read, and changed only from what they are at that moment. */
import type { ProblemError } from "../problems";
import { type OutboxFile, type OutboxRow, type OutboxStage, type Store, write } from "../store";
import { backOff } from "./pacing";
import type { Wires } from "./wires";

/** Documents of an enrolment at one stage that may be tried now, oldest first. */
export async function due(store: Store, deviceId: string, stage: OutboxStage, now: number): Promise<OutboxRow[]> {
  const rows = await store.getAllFromIndex("outbox", "device", deviceId);
  return rows
    .filter((row) => row.stage === stage && row.stuck === null && row.next_at <= now)
    .sort((one, other) => one.seq - other.seq);
}

/** Changes a row; another tab's change of the same moment is not overwritten but built upon. */
export async function change(
  store: Store,
  sha256: string,
  next: (row: OutboxRow) => Partial<OutboxRow>,
): Promise<OutboxRow> {
  return write(store, ["outbox"], async (tx) => {
    const row = await tx.objectStore("outbox").get(sha256);
    if (!row) throw new RangeError("no such document in the outbox");
    const changed = { ...row, ...next(row) };
    await tx.objectStore("outbox").put(changed);
    return changed;
  });
}

export function changeFiles(
  store: Store,
  sha256: string,
  next: (file: OutboxFile) => Partial<OutboxFile>,
): Promise<OutboxRow> {
  return change(store, sha256, (row) => ({ files: row.files.map((file) => ({ ...file, ...next(file) })) }));
}

/** Puts a document aside for a person to look at; the others go on. Nothing of it is removed. */
export function setAside(store: Store, sha256: string, code: string, now: number): Promise<OutboxRow> {
  return change(store, sha256, () => ({ stuck: { code, at: new Date(now).toISOString() } }));
}

/** A person says: try again. */
export function takeUpAgain(store: Store, sha256: string): Promise<OutboxRow> {
  return change(store, sha256, () => ({ stuck: null, next_at: 0, attempts: 0 }));
}

/** Tries this document later, the others now. */
export function later(store: Store, sha256: string, wires: Wires, problem?: ProblemError): Promise<OutboxRow> {
  return change(store, sha256, (row) => {
    const attempts = row.attempts + 1;
    const asked = (problem?.retry_after_s ?? 0) * 1000;
    return { attempts, next_at: wires.now() + Math.max(asked, backOff(attempts, wires.random())) };
  });
}
