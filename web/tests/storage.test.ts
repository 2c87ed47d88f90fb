import { afterEach, beforeEach, expect, test } from "vitest";
import { canKeepKeys } from "../src/lib/enrol";
import { signCapture } from "../src/lib/signing";
import { acknowledgeEviction, plantCanary, storageReport, unsent } from "../src/lib/storage";
import { enrolled, newStore, open, readyDraft } from "./world";

const browser = globalThis.navigator as { storage?: unknown };

beforeEach(() => {
  const kept = new Map<string, string>();
  const localStorage = { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, value: string) => kept.set(name, value) };
  Object.defineProperty(globalThis, "localStorage", { value: localStorage, configurable: true });
});

afterEach(() => {
  delete browser.storage;
});

test("a browser that says nothing of its storage is not put words into its mouth", async () => {
  const report = await storageReport(await newStore());
  expect(report).toMatchObject({ persisted: null, quota_bytes: null, used_bytes: null, room_for_photos: null, evicted: false });
});

test("room is told in photos", async () => {
  browser.storage = { persisted: async () => false, estimate: async () => ({ quota: 40_000_000.5, usage: 9_000_000 }) };
  expect(await storageReport(await newStore())).toMatchObject({ persisted: false, quota_bytes: 40_000_000, room_for_photos: 6 });
});

test("rows that vanished are noticed once, and said until the officer has read it", async () => {
  const store = await newStore();
  await plantCanary(store);
  expect((await storageReport(store)).evicted).toBe(false);
  await store.clear("settings");
  expect((await storageReport(store)).evicted).toBe(true);
  await acknowledgeEviction(store);
  expect((await storageReport(store)).evicted).toBe(false);
});

test("what is unsent counts documents and files, and names the oldest", async () => {
  const store = await newStore();
  const [mine, other] = [await enrolled(store), await enrolled(store)];
  const first = await signCapture(store, (await readyDraft(store, mine, 10, 20)).capture_id, open(mine));
  await signCapture(store, (await readyDraft(store, other, 10)).capture_id, open(other));
  expect(await unsent(store, mine.device_id)).toEqual({ count: 3, oldest: first.signed_at });
  await store.put("outbox", { ...first, stage: "files", files: [{ ...first.files[0]!, state: "sent" }, first.files[1]!] });
  expect((await unsent(store, mine.device_id)).count).toBe(1);
  expect((await unsent(store)).count).toBe(3);
});

test("a browser that keeps no keys is found out, and nothing of the trial stays", async () => {
  const store = await newStore();
  expect(await canKeepKeys(store)).toBe(true);
  expect(await store.count("settings")).toBe(0);
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = () => {
    throw new DOMException("no keys in private browsing", "DataCloneError");
  };
  try {
    expect(await canKeepKeys(store)).toBe(false);
  } finally {
    IDBObjectStore.prototype.put = put;
  }
});
