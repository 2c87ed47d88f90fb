/** Honesty about storage: what the browser promises, how much fits, what waits, and whether anything vanished. */
import { rfc3339 } from "./clock";
import { uuid7 } from "./ids";
import type { StorageAnswer } from "./schema";
import { type Store, keepSetting, setting, write } from "./store";

/** A photo of a usual phone, with room for its preview. Bytes. */
const PHOTO = 5_000_000;
const CANARY = "canary";
/** Outside IndexedDB: when the browser clears one and not the other, the difference is seen. */
const CANARY_COPY = "casquillo-canary";

export interface StorageReport extends StorageAnswer {
  /** Photos that still fit, roughly; null where the browser does not say. */
  room_for_photos: number | null;
  /** Documents and files that no receipt or acknowledgement covers. */
  unsent: number;
  oldest_unsent_at: string | null;
  /** Rows of ours have vanished since the last visit: the browser evicted them, or someone cleared its data. */
  evicted: boolean;
}

/** Asks the browser to keep our data; false means that it may erase it when it needs room. */
export async function askToPersist(): Promise<boolean> {
  return (await globalThis.navigator?.storage?.persist?.()) ?? false;
}

/** What the browser says of its storage, for enrolment and heartbeat; null where it does not say. */
export async function storageAnswer(): Promise<StorageAnswer> {
  const manager = globalThis.navigator?.storage as StorageManager | undefined;
  const estimate = await manager?.estimate?.().catch(() => undefined);
  return {
    persisted: (await manager?.persisted?.().catch(() => null)) ?? null,
    quota_bytes: whole(estimate?.quota),
    used_bytes: whole(estimate?.usage),
  };
}

export async function storageReport(store: Store): Promise<StorageReport> {
  const [answer, waiting, evicted] = await Promise.all([storageAnswer(), unsent(store), wasEvicted(store)]);
  const { quota_bytes: quota, used_bytes: used } = answer;
  const room = quota === null || used === null ? null : Math.max(0, Math.floor((quota - used) / PHOTO));
  return { ...answer, room_for_photos: room, evicted, unsent: waiting.count, oldest_unsent_at: waiting.oldest };
}

/** Documents and files not yet acknowledged, of one enrolment or of all on this phone. */
export async function unsent(store: Store, deviceId?: string): Promise<{ count: number; oldest: string | null }> {
  const rows = deviceId
    ? await store.getAllFromIndex("outbox", "device", deviceId)
    : await store.getAll("outbox");
  const waiting = rows.filter((row) => row.stage !== "done");
  const documents = waiting.filter((row) => row.stage === "facts").length;
  const files = waiting.flatMap((row) => row.files).filter((file) => file.state === "waiting").length;
  const dates = waiting.map((row) => row.signed_at).sort();
  return { count: documents + files, oldest: dates[0] ?? null };
}

/** Puts the row whose disappearance tells of an eviction; asks to keep it as long as the rest. */
export async function plantCanary(store: Store): Promise<void> {
  if (await setting(store, CANARY)) return;
  const mark = { id: uuid7(), at: rfc3339(Date.now()) };
  await write(store, ["settings"], (tx) => tx.objectStore("settings").put(mark, CANARY));
  globalThis.localStorage?.setItem(CANARY_COPY, mark.id);
}

/** Whether a canary was planted here that is gone. After it was told, a new one may be planted. */
async function wasEvicted(store: Store): Promise<boolean> {
  const copy = globalThis.localStorage?.getItem(CANARY_COPY) ?? null;
  const kept = await setting<{ id: string }>(store, CANARY);
  return copy !== null && kept?.id !== copy;
}

/** The officer has been told: begin anew. */
export async function acknowledgeEviction(store: Store): Promise<void> {
  await keepSetting(store, CANARY, undefined);
  await plantCanary(store);
}

function whole(bytes: number | undefined): number | null {
  return bytes === undefined ? null : Math.floor(bytes);
}
