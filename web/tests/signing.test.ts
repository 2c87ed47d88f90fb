import { describe, expect, test } from "vitest";
import { fromB64url, fromUtf8 } from "../src/lib/bytes";
import { saveDraft, startDraft } from "../src/lib/drafts";
import { expectShot } from "../src/lib/files";
import { sha256Hex } from "../src/lib/hash";
import { historyOf, keepPreview, readPreview, startAmendment } from "../src/lib/history";
import { folioOf } from "../src/lib/ids";
import { buildManifest } from "../src/lib/manifest";
import { buildStatement } from "../src/lib/statements";
import type { Manifest, Statement } from "../src/lib/schema";
import { SigningRefused, signCapture, signStatement, signingGaps } from "../src/lib/signing";
import { PinRefused, setPin, unlockWithPin } from "../src/lib/unlock";
import { vectors } from "./vectors";
import { bytesOf, enrolled, newStore, open, photo, pistol, readyDraft, withPhoto } from "./world";

interface Documents {
  documents: { name: string; document: object }[];
}

const known = new Map(vectors<Documents>("documents").documents.map((row) => [row.name, row.document]));

const payloadOf = (jws: string): Manifest => JSON.parse(fromUtf8(fromB64url(jws.split(".")[1] ?? ""))) as Manifest;

describe("the documents that the service's tests hold", () => {
  const manifest = known.get("manifest") as Manifest;
  const place = {
    ...{ device_id: manifest.device_id, officer_id: manifest.officer_id, agency_id: manifest.agency_id },
    ...{ seq: manifest.seq - 1, head: manifest.prev },
    pinned: { service_id: manifest.aud.slice("casquillo:".length), log_keys: [], witness_keys: [], rescue_key: null },
  };
  const moment = {
    at: Date.parse(manifest.captured_at),
    offset: { server_offset_ms: 1840, measured_at: manifest.clock.measured_at ?? "" },
    unlock: manifest.unlock,
    log_seen: manifest.log_seen,
  };
  // What no test can fix: this page's clock, this machine's zone, this build; and milliseconds, which we write.
  const ours = (document: object) => ({ ...document, clock: null, app: "", zone: null });

  test("manifest: built from its draft, the same members with the same values", () => {
    const { capacity, recovery, position, packages, items, media, amends, capture_id } = manifest;
    const draft = { capacity, recovery, position, packages, items, media, amends, capture_id };
    const made = buildManifest(
      { ...draft, device_id: manifest.device_id, created_at: "", updated_at: "", step: "", screen: {}, awaited: null },
      place,
      moment,
    );
    expect(made.captured_at).toBe(manifest.captured_at.replace("Z", ".000Z"));
    expect(ours({ ...made, captured_at: manifest.captured_at })).toEqual(ours(manifest));
    expect(Object.keys(made.clock).sort()).toEqual(Object.keys(manifest.clock).sort());
  });

  test.each(["discard", "media_lost", "closing", "cosign"] as const)("%s: built from its facts", (kind) => {
    const statement = known.get(kind) as Statement;
    const stated = { kind, facts: statement.facts } as unknown as Parameters<typeof buildStatement>[1];
    const made = buildStatement(statement.statement_id, stated, place, { ...moment, at: Date.parse(statement.stated_at) });
    expect(ours({ ...made, stated_at: statement.stated_at })).toEqual(ours(statement));
  });
});

test("four things block signing, and nothing else", async () => {
  const store = await newStore();
  const empty = await startDraft(store, { device_id: (await enrolled(store)).device_id, capacity: "expert", step: "" });
  expect(signingGaps(empty)).toEqual(["no_item", "no_photo"]);
  const gun = pistol();
  delete gun.serial;
  expect(signingGaps({ ...empty, items: [gun], no_media: { reason: "no_camera" } })).toEqual(["serial_status"]);
  expect(signingGaps({ ...empty, items: [pistol()], no_media: { reason: "no_camera" } })).toEqual([]);
  const awaiting = await expectShot(store, { ...empty, items: [pistol()] }, { view: "left", item_ids: [], package_id: null });
  expect(signingGaps({ ...awaiting, no_media: { reason: "no_camera" } })).toEqual(["photo_awaited"]);
});

test("signing numbers, chains, queues and ends the draft, all at once", async () => {
  const store = await newStore();
  const officer = await enrolled(store);
  const drafts = [await readyDraft(store, officer, 300), await readyDraft(store, officer, 300)];
  const rows = [];
  for (const draft of drafts) rows.push(await signCapture(store, draft.capture_id, open(officer)));
  const [first, second] = rows.map((row) => payloadOf(row.jws));
  expect([first?.seq, first?.prev]).toEqual([1, null]);
  expect([second?.seq, second?.prev]).toEqual([2, rows[0]?.sha256]);
  expect(rows[1]?.sha256).toBe(await sha256Hex(fromB64url(rows[1]?.jws.split(".")[1] ?? "")));
  expect(rows[1]?.folio).toBe(await folioOf(drafts[1]?.capture_id ?? ""));
  expect(await store.get("enrolments", officer.device_id)).toMatchObject({ seq: 2, head: rows[1]?.sha256 });
  expect(await store.count("drafts")).toBe(0);
  expect(await store.count("outbox")).toBe(2);
  expect(await store.count("files")).toBe(2);
  expect(rows[0]?.files).toMatchObject([{ state: "waiting", size: 300 }]);
});

test("two taps, two tabs: one number, one document", async () => {
  const store = await newStore();
  const officer = await enrolled(store);
  const draft = await readyDraft(store, officer, 300);
  const both = await Promise.allSettled([1, 2].map(() => signCapture(store, draft.capture_id, open(officer))));
  expect(both.map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(await store.count("outbox")).toBe(1);
  expect((await store.get("enrolments", officer.device_id))?.seq).toBe(1);
});

test("captures signed at one moment get numbers of their own, without a gap", async () => {
  const store = await newStore();
  const officer = await enrolled(store);
  const drafts = await Promise.all(Array.from({ length: 6 }, () => readyDraft(store, officer, 100)));
  const rows = await Promise.all(drafts.map((draft) => signCapture(store, draft.capture_id, open(officer))));
  const bySeq = rows.sort((one, other) => one.seq - other.seq);
  expect(bySeq.map((row) => row.seq)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(bySeq.map((row) => payloadOf(row.jws).prev)).toEqual([null, ...bySeq.slice(0, -1).map((row) => row.sha256)]);
});

test("a chain that another tab moved without the lock is noticed before anything is kept", async () => {
  const store = await newStore();
  const officer = await enrolled(store);
  const draft = await readyDraft(store, officer, 100);
  const subtle = crypto.subtle.sign.bind(crypto.subtle);
  let meddled = false;
  crypto.subtle.sign = async (...given: Parameters<typeof subtle>) => {
    if (!meddled) {
      meddled = true;
      await store.put("enrolments", { ...officer, seq: 4, head: "f".repeat(64) });
    }
    return subtle(...given);
  };
  try {
    const row = await signCapture(store, draft.capture_id, open(officer));
    expect([row.seq, payloadOf(row.jws).prev]).toEqual([5, "f".repeat(64)]);
  } finally {
    crypto.subtle.sign = subtle;
  }
  expect(await store.count("outbox")).toBe(1);
});

test("nobody signs another's draft, and a closed enrolment signs nothing", async () => {
  const store = await newStore();
  const [mine, theirs] = [await enrolled(store), await enrolled(store, { state: "closed" })];
  const draft = await readyDraft(store, mine, 100);
  const own = await readyDraft(store, theirs, 100);
  await expect(signCapture(store, draft.capture_id, open(theirs))).rejects.toThrow(new SigningRefused("not_yours"));
  await expect(signCapture(store, own.capture_id, open(theirs))).rejects.toThrow(new SigningRefused("enrolment_closed"));
  expect(await store.count("drafts")).toBe(2);
});

test("a photo whose bytes the browser threw away can't be signed as if it were there", async () => {
  const store = await newStore();
  const officer = await enrolled(store);
  const draft = await readyDraft(store, officer, 100);
  await store.delete("files", draft.media[0]?.id ?? "");
  await expect(signCapture(store, draft.capture_id, open(officer))).rejects.toThrow(new SigningRefused("file_missing"));
});

test("a closing is the last that an enrolment signs", async () => {
  const store = await newStore();
  const officer = await enrolled(store);
  const draft = await readyDraft(store, officer, 100);
  await signStatement(store, { kind: "closing", facts: { reason: "replaced", unsent: 0, lost: [] } }, open(officer));
  expect((await store.get("enrolments", officer.device_id))?.state).toBe("closed");
  await expect(signCapture(store, draft.capture_id, open(officer))).rejects.toThrow(new SigningRefused("enrolment_closed"));
});

test("a statement takes the next number of the same chain", async () => {
  const store = await newStore();
  const officer = await enrolled(store);
  const row = await signCapture(store, (await readyDraft(store, officer, 100)).capture_id, open(officer));
  const facts = { capture_id: row.id, manifest_sha256: row.sha256, seq: row.seq, reason: "training", text: "prueba" } as const;
  const said = await signStatement(store, { kind: "discard", facts }, open(officer));
  expect(payloadOf(said.jws)).toMatchObject({ seq: 2, prev: row.sha256, kind: "discard", facts });
  expect(await store.count("outbox")).toBe(2);
});

describe("the PIN", () => {
  test("opens what was signed, and nothing else does", async () => {
    const store = await newStore();
    const officer = await enrolled(store);
    const unlocked = await setPin(store, officer.device_id, "402917");
    let draft = await readyDraft(store, officer, 100);
    const mediaId = draft.media[0]?.id ?? "";
    await keepPreview(store, draft, mediaId, photo(40));
    const shown = await bytesOf(await readPreview(store, mediaId, null));
    draft = await saveDraft(store, { ...draft, recovery: { ...draft.recovery, place: "Camino Inventado 7" } });
    const row = await signCapture(store, draft.capture_id, unlocked);
    expect(payloadOf(row.jws).unlock.method).toBe("pin");

    const kept = new TextDecoder().decode((await store.get("history", row.sha256))?.payload);
    expect(kept).not.toContain("Camino Inventado");
    await expect(readPreview(store, mediaId, null)).rejects.toThrow(PinRefused);
    const again = await unlockWithPin(store, officer.device_id, "402917");
    expect((await historyOf(store, again))[0]?.manifest.recovery.place).toBe("Camino Inventado 7");
    expect(await bytesOf(await readPreview(store, mediaId, again))).toEqual(shown);
    await expect(historyOf(store, open(officer))).rejects.toThrow(PinRefused);
  });

  test("is waited for after five wrong ones", async () => {
    const store = await newStore();
    const { device_id } = await enrolled(store);
    await setPin(store, device_id, "402917");
    const codes = [];
    for (let n = 0; n < 6; n++)
      codes.push(await unlockWithPin(store, device_id, "000000").catch((error: PinRefused) => error.code));
    expect(codes).toEqual(["wrong_pin", "wrong_pin", "wrong_pin", "wrong_pin", "wrong_pin", "wait"]);
    await expect(unlockWithPin(store, device_id, "402917")).rejects.toMatchObject({ code: "wait" });
  });

  test("changes only for who knows it, and what was sealed before still opens", async () => {
    const store = await newStore();
    const officer = await enrolled(store);
    const unlocked = await setPin(store, officer.device_id, "402917");
    await signCapture(store, (await readyDraft(store, officer, 50)).capture_id, unlocked);
    await expect(setPin(store, officer.device_id, "111111", "999999")).rejects.toThrow(PinRefused);
    await expect(setPin(store, officer.device_id, "111111")).rejects.toThrow(PinRefused);
    const changed = await setPin(store, officer.device_id, "555123", "402917");
    expect(await historyOf(store, changed)).toHaveLength(1);
    expect((await store.get("enrolments", officer.device_id))?.seq).toBe(1);
    await expect(setPin(store, officer.device_id, "12345", "555123")).rejects.toMatchObject({ code: "pin_form" });
  });
});

test("an amendment names what it replaces, and the files of its line without their bytes", async () => {
  const store = await newStore();
  const officer = await enrolled(store);
  const base = await signCapture(store, (await readyDraft(store, officer, 100, 200)).capture_id, open(officer));
  for (const file of base.files) await store.delete("files", file.media_id);
  const [past] = await historyOf(store, open(officer));
  if (!past) throw new Error("no history");
  let draft = await startAmendment(store, past, open(officer), "serial");
  draft = await withPhoto(store, draft, photo(70), "serial_closeup");
  draft = await saveDraft(store, { ...draft, reply: { answer: "retaken" } });
  const row = await signCapture(store, draft.capture_id, open(officer));
  expect(payloadOf(row.jws)).toMatchObject({
    amends: { capture_id: base.id, sha256: base.sha256 },
    reply: { answer: "retaken" },
  });
  expect(row.id).not.toBe(base.id);
  expect(row.files.map((file) => file.state)).toEqual(["sent", "sent", "waiting"]);
});

test("a discard keeps back what has not left, in the transaction that signs it", async () => {
  const store = await newStore();
  const officer = await enrolled(store);
  const { capture_id } = await readyDraft(store, officer, 100, 200);
  const row = await signCapture(store, capture_id, open(officer));
  const [left] = row.files;
  await store.put("outbox", { ...row, stage: "files", files: row.files.map((one) => (one === left ? { ...one, state: "sent" as const } : one)) });
  const other = await signCapture(store, (await readyDraft(store, officer, 100)).capture_id, open(officer));
  const facts = { capture_id, manifest_sha256: row.sha256, seq: row.seq, reason: "private_image", text: "no es del hecho" } as const;
  const stated = await signStatement(store, { kind: "discard", facts }, open(officer));
  expect(stated).toMatchObject({ kind: "statement", stage: "facts" });
  expect(await store.get("outbox", row.sha256)).toMatchObject({ stage: "files", files: [{ state: "sent" }, { state: "withheld" }] });
  expect((await store.get("outbox", other.sha256))?.files).toMatchObject([{ state: "waiting" }]);
  expect(await store.count("files"), "nothing is erased").toBe(3);
});
