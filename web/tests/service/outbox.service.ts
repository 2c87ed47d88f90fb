import { expect, test } from "vitest";
import { historyOf, receiptOf } from "../../src/lib/history";
import { outboxSummary } from "../../src/lib/outbox/counts";
import { takeUpAgain } from "../../src/lib/outbox/rows";
import type { Put } from "../../src/lib/outbox/wires";
import { Unreachable } from "../../src/lib/problems";
import { readPolicy } from "../../src/lib/log/policy";
import { verifyReceipt } from "../../src/lib/receipt";
import type { Discard, MediaLost } from "../../src/lib/schema";
import { StorageFailed } from "../../src/lib/store";
import { signCapture, signStatement } from "../../src/lib/signing";
import { unlockWithPin } from "../../src/lib/unlock";
import { vectors } from "../vectors";
import { PIN, type Fetch, type Phone, draftOf, handover, newPhone, pictures, plainPut, signed, untilDone, wires } from "./phone";

async function only(phone: Phone) {
  const [row] = await phone.store.getAll("outbox");
  if (!row) throw new Error("the outbox is empty");
  return row;
}

test("a capture goes from the phone to a verified receipt in six requests and a PUT for each photo", async () => {
  const phone = await newPhone();
  const files = pictures().slice(0, 5);
  const row = await signed(phone, files);
  const asked: string[] = [];
  let puts = 0;
  const send: Fetch = (input, init) => {
    const request = new Request(input, init);
    asked.push(`${request.method} ${new URL(request.url).pathname.split("/").at(-1) ?? ""}`);
    return fetch(request);
  };
  const put: Put = (part, progress) => (puts++, plainPut(part, progress));
  await untilDone(phone, wires({ fetch: send, put }));

  expect(puts).toBe(5);
  expect(asked).toEqual(["POST challenge", "POST session", `PUT ${row.id}`, "POST uploads", "POST complete", "GET receipt"]);
  expect(await only(phone)).toMatchObject({ stage: "done", stuck: null, conflict: false, jws: "", problems: expect.any(Array) });
  expect((await only(phone)).files.map((file) => file.state)).toEqual(Array(5).fill("safe"));
  expect(await phone.store.count("pieces")).toBe(0);

  const kept = await receiptOf(phone.store, row.sha256);
  const policy = await (await fetch(`${handover.origin}/log/policy`)).text();
  const found = await verifyReceipt(kept?.receipt, await readPolicy(policy.replace(/^quorum .*$/m, "quorum none")));
  expect(found.lines.map((line) => line.sha256)).toEqual(row.files.map((file) => file.sha256));
  const again = await unlockWithPin(phone.store, phone.row.device_id, PIN);
  expect((await historyOf(phone.store, again))[0]?.manifest.capture_id).toBe(row.id);
});

test("the next manifest names the checkpoint that the receipt proved", async () => {
  const phone = await newPhone();
  await signed(phone, pictures().slice(0, 1));
  await untilDone(phone, wires());
  const [first] = await phone.store.getAll("receipts");
  const second = await signed(phone, pictures().slice(0, 1));
  const payload = JSON.parse(Buffer.from(second.jws.split(".")[1] ?? "", "base64url").toString()) as { log_seen: { size: number } };
  expect(payload.log_seen.size).toBeGreaterThan(first?.log_index ?? Infinity);
  await untilDone(phone, wires());
});

test("facts of all captures arrive before the first pixel of any", async () => {
  const phone = await newPhone();
  for (let n = 0; n < 3; n++) await signed(phone, pictures().slice(0, 1));
  const order: string[] = [];
  const send: Fetch = (input, init) => {
    const request = new Request(input, init);
    if (request.method === "PUT" && request.url.includes("/captures/")) order.push("facts");
    return fetch(request);
  };
  const put: Put = (part, progress) => (order.push("pixels"), plainPut(part, progress));
  await untilDone(phone, wires({ fetch: send, put }));
  expect(order).toEqual(["facts", "facts", "facts", "pixels", "pixels", "pixels"]);
});

test.each(["before it arrives", "after it arrived, its acknowledgement lost"])(
  "every request fails once, %s: nothing is lost and nothing is doubled",
  async (when) => {
    const phone = await newPhone();
    for (let n = 0; n < 2; n++) await signed(phone, pictures().slice(0, 2));
    const failed = new Set<string>();
    const firstTime = (name: string) => !failed.has(name) && !!failed.add(name);
    const send: Fetch = async (input, init) => {
      const request = new Request(input, init);
      const name = `${request.method} ${new URL(request.url).pathname}`;
      const fails = firstTime(name);
      if (fails && when.startsWith("before")) throw new TypeError("cut");
      const answer = await fetch(request);
      if (fails) throw new TypeError("cut");
      return answer;
    };
    const put: Put = async (part, progress) => {
      const fails = firstTime(new URL(part.url).pathname);
      if (fails && when.startsWith("before")) throw new Unreachable();
      const status = await plainPut(part, progress);
      if (fails) throw new Unreachable();
      return status;
    };
    await untilDone(phone, wires({ fetch: send, put }));
    expect(failed.size).toBeGreaterThanOrEqual(2 + 2 * 3 + 4);
    const rows = await phone.store.getAll("outbox");
    expect(rows.map((row) => row.stage)).toEqual(["done", "done"]);
    expect(rows.flatMap((row) => row.files.map((file) => file.state))).toEqual(Array(4).fill("safe"));
  },
);

test("a page that is killed between two photos goes on where it was, with a new session", async () => {
  const phone = await newPhone();
  await signed(phone, pictures().slice(0, 3));
  let through = 0;
  const dying: Put = async (part, progress) => {
    if (through === 2) throw new StorageFailed("storage_failed"); // what a page that goes away meets
    const status = await plainPut(part, progress);
    through++;
    return status;
  };
  await expect(untilDone(phone, wires({ put: dying }))).rejects.toThrow(StorageFailed);
  expect((await only(phone)).stage).toBe("files");
  const again: string[] = [];
  const put: Put = (part, progress) => (again.push(part.url), plainPut(part, progress));
  await untilDone(phone, wires({ put }));
  expect(again).toHaveLength(1);
});

test("an address that is too old is asked for again", async () => {
  const phone = await newPhone();
  await signed(phone, pictures().slice(0, 1));
  const seen: number[] = [];
  const put: Put = async (part, progress) => {
    const url = seen.length === 0 ? part.url.replace(/X-Amz-Date=\d{8}/, "X-Amz-Date=20200101") : part.url;
    const status = await plainPut({ ...part, url }, progress);
    seen.push(status);
    return status;
  };
  await untilDone(phone, wires({ put }));
  expect(seen).toEqual([403, 200]);
});

test("one capture id, two payloads: both are kept, both get their receipt, the officer is told", async () => {
  const phone = await newPhone();
  const draft = await draftOf(phone, pictures().slice(0, 2));
  await signCapture(phone.store, draft.capture_id, phone.unlocked);
  await phone.store.put("drafts", { ...draft, items: [{ ...draft.items[0]!, number: "7" }] });
  await signCapture(phone.store, draft.capture_id, phone.unlocked);
  await untilDone(phone, wires());
  const rows = (await phone.store.getAll("outbox")).sort((one, other) => one.seq - other.seq);
  expect(rows.map((row) => [row.stage, row.conflict])).toEqual([
    ["done", false],
    ["done", true],
  ]);
  expect(await phone.store.count("receipts")).toBe(2);
});

test("a photo that the phone damaged is found out by the store, said to be lost, and holds nothing up", async () => {
  const phone = await newPhone();
  const row = await signed(phone, pictures().slice(0, 3));
  const broken = row.files[1]!;
  const piece = await phone.store.get("pieces", [broken.media_id, 0]);
  new Uint8Array(piece!.bytes)[99]! ^= 1;
  await phone.store.put("pieces", piece!);
  const other = await signed(phone, pictures().slice(0, 1));
  await expect(untilDone(phone, wires(), 12)).rejects.toThrow("not done"); // it waits for the officer's word
  expect((await phone.store.get("outbox", row.sha256))?.files).toMatchObject([
    { state: "sent" },
    { state: "lost", problem: "file_damaged" },
    { state: "sent" },
  ]);
  expect(await phone.store.get("outbox", other.sha256)).toMatchObject({ stage: "done", stuck: null });

  const media = [{ id: broken.media_id, sha256: broken.sha256 }];
  const facts: MediaLost = { capture_id: row.id, manifest_sha256: row.sha256, media, reason: "damaged" };
  await signStatement(phone.store, { kind: "media_lost", facts }, phone.unlocked);
  await untilDone(phone, wires());
  expect((await phone.store.get("outbox", row.sha256))?.files.map((file) => file.state)).toEqual(["safe", "lost", "safe"]);
  expect(await phone.store.get("pieces", [broken.media_id, 0])).toBeDefined();
});

test("a document that the service refuses waits for a person; those behind it go on", async () => {
  const phone = await newPhone();
  const bad = await signed(phone, pictures().slice(0, 1));
  await phone.store.put("outbox", { ...bad, jws: `${bad.jws.slice(0, -4)}AAAA` });
  const good = await signed(phone, pictures().slice(0, 1));
  await untilDone(phone, wires());
  expect((await phone.store.get("outbox", bad.sha256))?.stuck?.code).toBe("signature");
  expect((await phone.store.get("outbox", good.sha256))?.stage).toBe("done");
  expect(await outboxSummary(phone.store, phone.row.device_id)).toMatchObject({ unsent: 1, stuck: 1 });
  await phone.store.put("outbox", { ...(await phone.store.get("outbox", bad.sha256))!, jws: bad.jws });
  await takeUpAgain(phone.store, bad.sha256);
  await untilDone(phone, wires());
  expect((await outboxSummary(phone.store, phone.row.device_id)).unsent).toBe(0);
});

test("a receipt of a log that was not pinned deletes nothing and waits for a person", async () => {
  const phone = await newPhone();
  const row = await signed(phone, pictures().slice(0, 2));
  const other = vectors<{ log_key: string }>("receipts").log_key;
  const pinned = { ...phone.row.pinned, log_keys: [other] };
  await phone.store.put("enrolments", { ...(await phone.store.get("enrolments", phone.row.device_id))!, pinned });
  await untilDone(phone, wires());
  expect((await only(phone)).stuck?.code).toBe("receipt_bad");
  expect(await phone.store.count("files")).toBe(2);
  expect(await receiptOf(phone.store, row.sha256)).toBeUndefined();
});

test("a capture that was taken back before it left: its facts go, its pixels never do, and the receipt says so", async () => {
  const phone = await newPhone();
  const row = await signed(phone, pictures().slice(0, 2));
  const facts: Discard = { capture_id: row.id, manifest_sha256: row.sha256, seq: row.seq, reason: "private_image", text: "no es del hecho" };
  await signStatement(phone.store, { kind: "discard", facts }, phone.unlocked);
  const next = await signed(phone, pictures().slice(0, 1));
  const sent: string[] = [];
  const put: Put = (part, progress) => (sent.push(part.url), plainPut(part, progress));
  await untilDone(phone, wires({ put }));
  expect(sent.filter((url) => url.includes(row.id))).toEqual([]);
  expect(sent).toHaveLength(1);
  expect(await phone.store.get("outbox", row.sha256)).toMatchObject({ stage: "done", files: [{ state: "withheld" }, { state: "withheld" }] });
  expect((await phone.store.get("outbox", next.sha256))?.files).toMatchObject([{ state: "safe" }]);
  const kept = (await receiptOf(phone.store, row.sha256))?.receipt as { details: { media: { sha256: string; state: string }[] } };
  expect(kept.details.media.map((line) => [line.sha256, line.state])).toEqual(row.files.map((file) => [file.sha256, "withheld"]));
});

test("a discard in the middle of the sending stops it at the part that is under way", async () => {
  const phone = await newPhone();
  const row = await signed(phone, pictures().slice(0, 3));
  const facts: Discard = { capture_id: row.id, manifest_sha256: row.sha256, seq: row.seq, reason: "private_image", text: "no es del hecho" };
  let puts = 0;
  const put: Put = async (part, progress) => {
    if (puts++ === 0) await signStatement(phone.store, { kind: "discard", facts }, phone.unlocked);
    return plainPut(part, progress);
  };
  await untilDone(phone, wires({ put }));
  expect(puts).toBe(1);
  const after = await phone.store.get("outbox", row.sha256);
  expect(after?.files.map((file) => file.state)).toEqual(["safe", "withheld", "withheld"]);
});
