import { afterEach, expect, test, vi } from "vitest";
import { phoneApi } from "../src/lib/api";
import { Contact } from "../src/lib/outbox/contact";
import { outboxSummary } from "../src/lib/outbox/counts";
import { type Drain, drain } from "../src/lib/outbox/drain";
import { type Outbox, setFilesOver, startOutbox } from "../src/lib/outbox/loop";
import type { Network, Wires } from "../src/lib/outbox/wires";
import { ProblemError, Unreachable } from "../src/lib/problems";
import { signCapture } from "../src/lib/signing";
import type { EnrolmentRow, Store } from "../src/lib/store";
import { enrolled, newStore, open, readyDraft } from "./world";

/** The service at its port: what it answers, by method and the path's last part. */
type Script = Record<string, (path: string) => Response>;

const json = (status: number, body: object): Response =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
const problem = (status: number, code: string, retry: string): Response => json(status, { status, code, retry });
const now = () => new Date().toISOString();

const WELL: Script = {
  "POST challenge": () => json(201, { nonce: "q3J0bm9uY2Utb2YtdGhlLXNlcnZpY2U", expires_at: now(), service_id: "" }),
  "POST session": () => {
    const expires = new Date(Date.now() + 900_000).toISOString();
    return json(201, { token: "csd_x", server_time: now(), expires_at: expires });
  },
  "PUT captures": () => json(201, { problems: [] }),
};

function wires(script: Script, asked: string[], network: Network = { key: "wifi", kind: "wifi" }): Wires {
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    const part = /\/captures\/[^/]+$/.test(pathname) ? "captures" : (pathname.split("/").at(-1) ?? "");
    asked.push(`${request.method} ${part}`);
    const answer = script[`${request.method} ${part}`];
    if (!answer) throw new TypeError("cut");
    return answer(pathname);
  };
  return {
    api: phoneApi({ base: "https://casquillo.invalid", fetch }),
    put: () => Promise.reject(new Unreachable()),
    origin: "https://casquillo.invalid",
    now: () => Date.now(),
    random: () => 0.5,
    network: () => network,
    wait: () => Promise.resolve(),
  };
}

async function signedBy(store: Store, row: EnrolmentRow): Promise<void> {
  await signCapture(store, (await readyDraft(store, row, 100)).capture_id, open(row));
}

function pass(store: Store, given: Wires, files: boolean): Drain {
  return { store, wires: given, contact: new Contact(store, given.api), files, told: () => undefined, urgent: () => false };
}

const stages = async (store: Store, row: EnrolmentRow) =>
  (await store.getAllFromIndex("outbox", "device", row.device_id)).map((one) => one.stage);

let outbox: Outbox | undefined;
afterEach(() => outbox?.stop());

test("a phone that waits for its administrator keeps what it signed, and holds up nobody else's", async () => {
  const store = await newStore();
  const [waiting, other] = [await enrolled(store), await enrolled(store)];
  await signedBy(store, waiting);
  await signedBy(store, other);
  const session = (path: string) =>
    path.includes(waiting.device_id) ? problem(403, "device_pending", "later") : WELL["POST session"]!(path);
  await drain(pass(store, wires({ ...WELL, "POST session": session }, []), false));
  expect(await stages(store, waiting)).toEqual(["facts"]);
  expect(await stages(store, other)).toEqual(["files"]);
  expect((await store.get("enrolments", waiting.device_id))?.state).toBe("pending");
  expect(await outboxSummary(store, waiting.device_id)).toMatchObject({ unsent: 1, blocked: "device_pending", of_others: 1 });

  await store.put("settings", { code: "device_pending", until: 0 }, `blocked:${waiting.device_id}`);
  await drain(pass(store, wires(WELL, []), false));
  expect(await stages(store, waiting)).toEqual(["files"]);
  expect((await store.get("enrolments", waiting.device_id))?.state).toBe("active");
  expect((await outboxSummary(store, waiting.device_id)).blocked).toBeNull();
});

test("a bearer that the service no longer knows is asked for anew, once", async () => {
  const store = await newStore();
  const row = await enrolled(store);
  await signedBy(store, row);
  const asked: string[] = [];
  let refused = 0;
  const put = () => (refused++ === 0 ? problem(401, "sign_in_needed", "never") : WELL["PUT captures"]!(""));
  await drain(pass(store, wires({ ...WELL, "PUT captures": put }, asked), false));
  expect(asked).toEqual(["POST challenge", "POST session", "PUT captures", "POST challenge", "POST session", "PUT captures"]);
  expect(await stages(store, row)).toEqual(["files"]);
});

test("a service that is not well is left alone: no document is blamed, none is tried after it", async () => {
  const store = await newStore();
  const row = await enrolled(store);
  await signedBy(store, row);
  await signedBy(store, row);
  const asked: string[] = [];
  const away = wires({ ...WELL, "PUT captures": () => problem(503, "database_unavailable", "later") }, asked);
  await expect(drain(pass(store, away, true))).rejects.toThrow(ProblemError);
  expect(asked.filter((one) => one === "PUT captures")).toHaveLength(1);
  expect((await store.getAll("outbox")).map((one) => [one.stage, one.stuck, one.attempts])).toEqual([
    ["facts", null, 0],
    ["facts", null, 0],
  ]);
});

test("a document that is too new for the service waits alone", async () => {
  const store = await newStore();
  const row = await enrolled(store);
  await signedBy(store, row);
  await signedBy(store, row);
  let first = true;
  const put = () => (first ? ((first = false), problem(503, "version_not_yet", "later")) : WELL["PUT captures"]!(""));
  await drain(pass(store, wires({ ...WELL, "PUT captures": put }, []), false));
  expect((await stages(store, row)).sort()).toEqual(["facts", "files"]);
});

test("a document at which our own code fails is put aside in the end; those behind it go all the while", async () => {
  const store = await newStore();
  const row = await enrolled(store);
  await signedBy(store, row);
  await signedBy(store, row);
  const [bad] = (await store.getAll("outbox")).filter((one) => one.seq === 1);
  const broken = (path: string) => (path.endsWith(bad?.id ?? "") ? json(201, {}) : WELL["PUT captures"]!(path));
  for (let n = 0; n < 5; n++) {
    const later = { ...wires({ ...WELL, "PUT captures": broken }, []), now: () => Date.now() + n * 600_000 };
    await drain(pass(store, later, false));
    expect((await store.getAll("outbox")).find((one) => one.seq === 2)?.stage).toBe("files");
  }
  expect((await store.get("outbox", bad?.sha256 ?? ""))?.stuck?.code).toBe("app_fault");
});

test("files wait for Wi-Fi when the officer said so; facts go at once; one tap lets them go", async () => {
  const store = await newStore();
  const row = await enrolled(store);
  await signedBy(store, row);
  await setFilesOver(store, "wifi");
  const asked: string[] = [];
  const targets = () => json(200, { media: [], expires_at: now() });
  outbox = startOutbox(store, wires({ ...WELL, "POST uploads": targets }, asked, { key: "mobile", kind: "mobile" }));
  await vi.waitFor(async () => expect(await stages(store, row)).toEqual(["files"]));
  await vi.waitFor(() => expect(outbox?.state()).toMatchObject({ sending: false, waiting_for_wifi: true }));
  expect(asked).not.toContain("POST uploads");
  outbox.now("also_on_mobile_data");
  await vi.waitFor(() => expect(asked).toContain("POST uploads"));
});

test("where nobody answers the loop says so, waits longer each time, and goes on when the network comes", async () => {
  const store = await newStore();
  const row = await enrolled(store);
  await signedBy(store, row);
  const asked: string[] = [];
  const script: Script = {};
  outbox = startOutbox(store, wires(script, asked));
  await vi.waitFor(() => expect(outbox?.state()).toMatchObject({ unreachable: true, sending: false }));
  const first = (outbox.state().next_at ?? 0) - Date.now();
  outbox.now();
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  await vi.waitFor(() => expect((outbox?.state().next_at ?? 0) - Date.now()).toBeGreaterThan(first));
  Object.assign(script, WELL);
  outbox.now();
  await vi.waitFor(async () => expect(await stages(store, row)).toEqual(["files"]));
});
