import { expect, test } from "vitest";
import { equal } from "../src/lib/bytes";
import { draftsOf, dropDraft, loadDraft, saveDraft } from "../src/lib/drafts";
import { expectShot, keepFile, readFile, recoverShot, rehash } from "../src/lib/files";
import { sha256Hex } from "../src/lib/hash";
import { PIECE, StorageFailed, type Store } from "../src/lib/store";
import { bytesOf, enrolled, newStore, photo, readyDraft, withPhoto } from "./world";

const SHOT = { view: "left", item_ids: [], package_id: null } as const;
const NOW = { source: "camera", taken_at: Date.UTC(2026, 4, 3) } as const;

test.each([0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 77])("a file of %i bytes comes back to the bit", async (size) => {
  const store = await newStore();
  const file = photo(size);
  const draft = await withPhoto(store, await readyDraft(store, await enrolled(store)), file);
  const line = draft.media[0];
  expect(line).toMatchObject({ size, sha256: await sha256Hex(await bytesOf(file)), content_type: "image/jpeg" });
  expect(equal(await bytesOf(await readFile(store, line?.id ?? "")), await bytesOf(file))).toBe(true);
});

test.each([
  [0, 10],
  [PIECE - 5, 10],
  [PIECE, PIECE],
  [2 * PIECE + 70, 100],
])("a part from %i on, %i bytes long, is that part", async (offset, size) => {
  const store = await newStore();
  const file = photo(2 * PIECE + 77);
  const draft = await withPhoto(store, await readyDraft(store, await enrolled(store)), file);
  const part = await readFile(store, draft.media[0]?.id ?? "", offset, size);
  expect(equal(await bytesOf(part), (await bytesOf(file)).slice(offset, offset + size))).toBe(true);
});

test("a phone that dies in the camera says afterwards which photo is lost, and takes the next", async () => {
  const store = await newStore();
  const before = await readyDraft(store, await enrolled(store));
  await expectShot(store, before, { ...SHOT, item_ids: [] });
  const found = await loadDraft(store, before.capture_id);
  if (!found) throw new Error("the draft is gone");
  const { draft, lost } = await recoverShot(store, found);
  expect(lost).toMatchObject({ view: "left" });
  expect(draft.awaited).toBeNull();
  expect((await withPhoto(store, draft, photo(10))).media).toHaveLength(1);
});

test("a phone that dies after the bytes are down and before the draft knows finds them again", async () => {
  const store = await newStore();
  const awaiting = await expectShot(store, await readyDraft(store, await enrolled(store)), { ...SHOT, item_ids: [] });
  const file = photo(PIECE + 9);
  await keepFile(store, awaiting, file, NOW);
  await store.put("drafts", awaiting); // as it was when the tab was killed
  const { draft, lost } = await recoverShot(store, awaiting);
  expect(lost).toBeNull();
  expect(draft.awaited).toBeNull();
  expect(draft.media[0]?.sha256).toBe(await sha256Hex(await bytesOf(file)));
});

test("a phone that dies while the bytes go down has lost that photo, and keeps no scraps of it", async () => {
  const store = await newStore();
  const awaiting = await expectShot(store, await readyDraft(store, await enrolled(store)), { ...SHOT, item_ids: [] });
  await keepFile(store, awaiting, photo(2 * PIECE), NOW);
  await store.delete("pieces", [awaiting.awaited?.media_id ?? "", 1]);
  await store.put("drafts", awaiting);
  expect((await recoverShot(store, awaiting)).lost).not.toBeNull();
  expect(await store.count("pieces")).toBe(0);
  expect(await store.count("files")).toBe(0);
});

test("a storage that gives back other bytes than it took is found out at once", async () => {
  const store = await newStore();
  const awaiting = await expectShot(store, await readyDraft(store, await enrolled(store)), { ...SHOT, item_ids: [] });
  const lying = lies(store);
  await expect(keepFile(lying, awaiting, photo(1000), NOW)).rejects.toThrow(new StorageFailed("storage_lied"));
  expect(await store.count("pieces")).toBe(0);
  expect((await loadDraft(store, awaiting.capture_id))?.awaited).not.toBeNull();
});

test("a full storage is said to be full, the draft still awaits, nothing of the file stays", async () => {
  const store = await newStore();
  const awaiting = await expectShot(store, await readyDraft(store, await enrolled(store)), { ...SHOT, item_ids: [] });
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...given: Parameters<typeof put>) {
    if (this.name === "files") throw new DOMException("full", "QuotaExceededError");
    return put.apply(this, given);
  };
  try {
    await expect(keepFile(store, awaiting, photo(1000), NOW)).rejects.toThrow(new StorageFailed("storage_full"));
  } finally {
    IDBObjectStore.prototype.put = put;
  }
  expect(await store.count("pieces")).toBe(0);
  expect((await loadDraft(store, awaiting.capture_id))?.awaited?.view).toBe("left");
});

test("a dropped draft leaves nothing; another officer's is not touched and not shown", async () => {
  const store = await newStore();
  const [mine, theirs] = [await enrolled(store), await enrolled(store)];
  const gone = await readyDraft(store, mine, 1000, PIECE + 1);
  const kept = await readyDraft(store, theirs, 500);
  await dropDraft(store, gone.capture_id);
  expect(await store.count("pieces")).toBe(1);
  expect(await draftsOf(store, mine.device_id)).toEqual([]);
  expect((await draftsOf(store, theirs.device_id)).map((draft) => draft.capture_id)).toEqual([kept.capture_id]);
});

test("what is saved is what can be signed", async () => {
  const store = await newStore();
  const draft = await readyDraft(store, await enrolled(store));
  const saved = await saveDraft(store, { ...draft, recovery: { ...draft.recovery, place: "Camino sin n\u0303ombre\u0000" } });
  expect(saved.recovery.place).toBe("Camino sin ñombre");
  expect((await loadDraft(store, draft.capture_id))?.recovery.place).toBe("Camino sin ñombre");
});

test("a damaged row shows in the hash", async () => {
  const store = await newStore();
  const draft = await readyDraft(store, await enrolled(store), PIECE * 2);
  const row = await store.get("files", draft.media[0]?.id ?? "");
  if (!row) throw new Error("no file");
  const piece = await store.get("pieces", [row.media_id, 1]);
  new Uint8Array(piece?.bytes ?? new ArrayBuffer(0))[5]! ^= 1;
  await store.put("pieces", piece!);
  expect(await rehash(store, row)).not.toBe(row.sha256);
});

/** A database that flips one bit of every piece that is read. */
function lies(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name !== "get") return typeof value === "function" ? value.bind(target) : value;
      return async (from: "pieces", key: [string, number]) => {
        const row = await target.get(from, key);
        if (from === "pieces" && row) new Uint8Array(row.bytes)[0]! ^= 1;
        return row;
      };
    },
  });
}
