/** An enrolled phone with its own database, and drafts with real bytes. */
import { canonical } from "../src/lib/canonical";
import type { Draft } from "../src/lib/draft";
import { saveDraft, startDraft } from "../src/lib/drafts";
import { expectShot, keepFile } from "../src/lib/files";
import { uuid7 } from "../src/lib/ids";
import { makeKey } from "../src/lib/jws";
import type { Item, View } from "../src/lib/schema";
import { type EnrolmentRow, type Store, openStore } from "../src/lib/store";
import type { Unlocked } from "../src/lib/unlock";

export const SERVICE = "0199a000-0000-7000-8000-0000000000aa";
let databases = 0;

export async function newStore(): Promise<Store> {
  return openStore(`test-${++databases}`);
}

export async function enrolled(store: Store, change: Partial<EnrolmentRow> = {}): Promise<EnrolmentRow> {
  const { key, public_jwk } = await makeKey();
  const row: EnrolmentRow = {
    device_id: uuid7(),
    officer_id: uuid7(),
    agency_id: uuid7(),
    state: "active",
    label: "Teléfono 3",
    officer_name: "Oficial Inventada",
    officer_code: "O-101",
    agency_name: "Policía Estatal Modelo A",
    key,
    public_jwk,
    pinned: { service_id: SERVICE, log_keys: [], witness_keys: [], rescue_key: null },
    enrolled_at: "2026-05-01T14:00:00.000Z",
    seq: 0,
    head: null,
    lock: null,
    ...change,
  };
  await store.put("enrolments", row);
  return row;
}

export const open = (row: EnrolmentRow): Unlocked => ({
  device_id: row.device_id,
  unlock: { method: "none", at: null },
  reading: null,
});

export function pistol(): Item {
  return {
    id: uuid7(),
    number: "1",
    kind: "firearm",
    quantity: { n: 1, exact: true },
    found_in: null,
    requests: ["etrace"],
    serial: { status: "not_examined" },
  };
}

/** `size` bytes that look like nothing and never repeat. */
export function photo(size: number): Blob {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65536) crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65536, size)));
  return new Blob([bytes], { type: "image/jpeg" });
}

export async function withPhoto(store: Store, draft: Draft, file: Blob, view: View = "left"): Promise<Draft> {
  const awaiting = await expectShot(store, draft, { view, item_ids: draft.items.map((item) => item.id), package_id: null });
  return keepFile(store, awaiting, file, { source: "camera", taken_at: Date.UTC(2026, 4, 3, 5, 41) });
}

/** A draft that only waits for its signature: one pistol, and a photo of each of `sizes` bytes. */
export async function readyDraft(store: Store, row: EnrolmentRow, ...sizes: number[]): Promise<Draft> {
  let draft = await startDraft(store, { device_id: row.device_id, capacity: "processing", step: "sign" });
  draft = await saveDraft(store, { ...draft, items: [pistol()] });
  for (const size of sizes) draft = await withPhoto(store, draft, photo(size));
  return draft;
}

export const bytesOf = async (blob: Blob | undefined): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0));

export const sizeOf = (document: object): number => canonical(document).length;
