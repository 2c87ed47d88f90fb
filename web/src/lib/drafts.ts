/** Drafts: kept at every answer, numbered by nobody, gone without a trace when dropped. */
import { cleanText } from "./canonical";
import { rfc3339 } from "./clock";
import type { Draft } from "./draft";
import { uuid7 } from "./ids";
import type { Capacity } from "./schema";
import { type Store, write } from "./store";

export interface Start {
  device_id: string;
  capacity: Capacity;
  step: string;
  /** The agency's own federal entity, INEGI code. */
  entity?: string | null;
  /** A colleague's scene, from the QR on that phone. */
  scene_id?: string;
  amends?: Draft["amends"];
}

export async function startDraft(store: Store, start: Start): Promise<Draft> {
  const at = Date.now();
  const draft: Draft = {
    capture_id: uuid7(at),
    device_id: start.device_id,
    created_at: rfc3339(at),
    updated_at: rfc3339(at),
    step: start.step,
    screen: {},
    capacity: start.capacity,
    recovery: {
      scene_id: start.scene_id ?? uuid7(at),
      began: "localizacion",
      recovered_at: rfc3339(at),
      entity: start.entity ?? null,
      municipality: null,
      place: null,
    },
    position: null,
    packages: [],
    items: [],
    media: [],
    awaited: null,
    amends: start.amends ?? null,
  };
  const rules = (await store.get("enrolments", start.device_id))?.rules;
  const begun: Draft = rules ? { ...draft, rules } : draft;
  await write(store, ["drafts"], (tx) => tx.objectStore("drafts").put(begun));
  return begun;
}

/** Keeps an answer at once. Text becomes signable here, so that the screen shows what will be signed. */
export async function saveDraft(store: Store, draft: Draft): Promise<Draft> {
  const kept = cleaned({ ...draft, updated_at: rfc3339(Date.now()) }) as Draft;
  await write(store, ["drafts"], (tx) => tx.objectStore("drafts").put(kept));
  return kept;
}

export function loadDraft(store: Store, captureId: string): Promise<Draft | undefined> {
  return store.get("drafts", captureId);
}

/** The enrolment's own drafts, oldest first; nobody sees another's. */
export async function draftsOf(store: Store, deviceId: string): Promise<Draft[]> {
  const found = await store.getAllFromIndex("drafts", "device", deviceId);
  return found.sort((one, other) => one.created_at.localeCompare(other.created_at));
}

/** Removes a draft with its files. It was never signed, so nothing has to be said about it. */
export async function dropDraft(store: Store, captureId: string): Promise<void> {
  await write(store, ["drafts", "files", "pieces", "previews"], async (tx) => {
    await tx.objectStore("drafts").delete(captureId);
    for (const mediaId of await tx.objectStore("files").index("capture").getAllKeys(captureId)) {
      await tx.objectStore("files").delete(mediaId);
      await tx.objectStore("previews").delete(mediaId);
      await tx.objectStore("pieces").delete(piecesOf(mediaId));
    }
  });
}

/** Every piece of one file. */
export const piecesOf = (mediaId: string): IDBKeyRange => IDBKeyRange.bound([mediaId, 0], [mediaId, Infinity]);

function cleaned(value: unknown): unknown {
  if (typeof value === "string") return cleanText(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, cleaned(member)]));
}
