/** What an officer may read again: own signed captures, their previews and receipts. Works offline, for ever. */
import { fromUtf8 } from "./bytes";
import type { Draft } from "./draft";
import { startDraft } from "./drafts";
import type { Manifest } from "./schema";
import { type PreviewRow, type ReceiptRow, type Store, write } from "./store";
import { type Unlocked, unseal } from "./unlock";

/** A shift, counted from the receipt on; then previews go. Milliseconds. */
export const SHIFT_MS = 12 * 3600 * 1000;

/** What an amendment replaces. */
export interface Base {
  sha256: string;
  capture_id: string;
  manifest: Manifest;
}

export interface Past extends Base {
  folio: string;
  signed_at: string;
  seq: number;
}

/** Own captures, newest first. `PinRefused` when they were sealed and the officer has not unlocked. */
export async function historyOf(store: Store, unlocked: Unlocked): Promise<Past[]> {
  const rows = await store.getAllFromIndex("history", "device", unlocked.device_id);
  rows.sort((one, other) => other.seq - one.seq);
  return Promise.all(
    rows.map(async ({ iv, payload, sha256, capture_id, folio, signed_at, seq }) => {
      const manifest = JSON.parse(fromUtf8(await unseal(unlocked.reading, iv, payload))) as Manifest;
      return { sha256, capture_id, folio, signed_at, seq, manifest };
    }),
  );
}

/** The verified receipt of one manifest, if it has come. */
export function receiptOf(store: Store, sha256: string): Promise<ReceiptRow | undefined> {
  return store.get("receipts", sha256);
}

/** A small picture of a draft's file, for lists; never the evidence itself. */
export async function keepPreview(store: Store, draft: Draft, mediaId: string, image: Blob): Promise<void> {
  const { capture_id, device_id } = draft;
  const bytes = await image.arrayBuffer();
  const row: PreviewRow = { media_id: mediaId, capture_id, device_id, iv: new Uint8Array(0), image: bytes, until: null };
  await write(store, ["previews"], (tx) => tx.objectStore("previews").put(row));
}

/** Undefined when there is none any more. A sealed one opens only for the officer who signed. */
export async function readPreview(store: Store, mediaId: string, unlocked: Unlocked | null): Promise<Blob | undefined> {
  const row = await store.get("previews", mediaId);
  if (!row || (unlocked && row.device_id !== unlocked.device_id)) return undefined;
  return new Blob([await unseal(unlocked?.reading ?? null, row.iv, row.image)], { type: "image/jpeg" });
}

/** Removes previews whose shift is over. */
export async function sweepPreviews(store: Store, at: number = Date.now()): Promise<void> {
  await write(store, ["previews"], async (tx) => {
    for await (const cursor of tx.objectStore("previews"))
      if (cursor.value.until !== null && cursor.value.until < at) await cursor.delete();
  });
}

/** A new draft with the facts of a signed capture, to replace it; its files are named again, not copied. */
export async function startAmendment(store: Store, past: Base, unlocked: Unlocked, step: string): Promise<Draft> {
  const { manifest } = past;
  const draft = await startDraft(store, {
    device_id: unlocked.device_id,
    capacity: manifest.capacity,
    step,
    amends: { capture_id: past.capture_id, sha256: past.sha256 },
  });
  const { recovery, position, packages, items, media, deferred, no_media } = manifest;
  const filled: Draft = {
    ...draft,
    ...{ recovery, position, packages, items, media },
    ...(deferred ? { deferred } : {}),
    ...(no_media ? { no_media } : {}),
  };
  await write(store, ["drafts"], (tx) => tx.objectStore("drafts").put(filled));
  return filled;
}
