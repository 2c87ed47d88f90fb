/** A phone of a running service, with wires that can be cut in the ways that networks cut them. */
import { type ClientRequest, request as httpRequest } from "node:http";
import { appendFileSync, readFileSync, readdirSync } from "node:fs";
import { personApi, phoneApi } from "../../src/lib/api";
import type { Draft } from "../../src/lib/draft";
import { saveDraft, startDraft } from "../../src/lib/drafts";
import { enrol } from "../../src/lib/enrol";
import { Contact } from "../../src/lib/outbox/contact";
import { drain } from "../../src/lib/outbox/drain";
import type { Put, Wires } from "../../src/lib/outbox/wires";
import { ProblemError, Unreachable } from "../../src/lib/problems";
import { signCapture } from "../../src/lib/signing";
import type { EnrolmentRow, OutboxRow, Store } from "../../src/lib/store";
import type { Unlocked } from "../../src/lib/unlock";
import { newStore, pistol, withPhoto } from "../world";

interface Handover {
  origin: string;
  cookie: string;
  pictures: string;
  /** Where this run writes what it sent, for the other side to compare with the store. */
  sent: string;
  /** Where it leaves a rescue file. */
  rescue: string;
}

const { CASQUILLO_HANDOVER = "" } = process.env;
export const handover = JSON.parse(readFileSync(CASQUILLO_HANDOVER, "utf-8")) as Handover;
export const PIN = "402917";

export interface Phone {
  store: Store;
  row: EnrolmentRow;
  unlocked: Unlocked;
}

/** The officer's browser: its cookie, and the origin that it would name. */
export const officer = personApi({
  base: handover.origin,
  fetch: async (input, init) => {
    const request = new Request(input, init);
    request.headers.set("Cookie", handover.cookie);
    request.headers.set("Origin", handover.origin);
    return fetch(request);
  },
});

export async function newPhone(label = "Teléfono de prueba"): Promise<Phone> {
  const store = await newStore();
  return { store, ...(await enrol(store, officer, { label, pin: PIN })) };
}

/** The drawn photos that the other side left for us, smallest first. */
export function pictures(): Blob[] {
  const files = readdirSync(handover.pictures).map((name) => readFileSync(`${handover.pictures}/${name}`));
  return files.sort((one, other) => one.length - other.length).map((bytes) => new Blob([Uint8Array.from(bytes)], { type: "image/jpeg" }));
}

export async function draftOf(phone: Phone, files: Blob[]): Promise<Draft> {
  let draft = await startDraft(phone.store, { device_id: phone.row.device_id, capacity: "processing", step: "sign" });
  draft = await saveDraft(phone.store, { ...draft, items: [pistol()] });
  for (const file of files) draft = await withPhoto(phone.store, draft, file);
  return draft;
}

export async function signed(phone: Phone, files: Blob[]): Promise<OutboxRow> {
  const row = await signCapture(phone.store, (await draftOf(phone, files)).capture_id, phone.unlocked);
  const media = row.files.map(({ media_id, sha256, size }) => ({ media_id, sha256, size }));
  appendFileSync(handover.sent, `${JSON.stringify({ capture_id: row.id, manifest: row.sha256, media })}\n`);
  return row;
}

export type Fetch = typeof globalThis.fetch;

export interface Cuts {
  fetch?: Fetch;
  put?: Put;
  network?: string;
}

/** Real requests, unless a cut says otherwise. */
export function wires({ fetch: send, put, network = "wifi/4g" }: Cuts = {}): Wires {
  return {
    api: phoneApi({ base: handover.origin, fetch: send }),
    put: put ?? plainPut,
    origin: handover.origin,
    now: () => Date.now(),
    random: () => 0.5,
    network: () => ({ key: network, kind: "wifi" }),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 10)),
  };
}

/** A PUT as a browser makes it; through `proxy` (a port) when given, under the name of the real host. */
export function putBy(proxy?: number): Put {
  return async ({ url, method, headers, body, bearer }, progress) => {
    const { hostname, port, pathname, search, host } = new URL(url);
    const bytes = Buffer.from(await body.arrayBuffer());
    return new Promise<number>((resolve, reject) => {
      const all = { ...headers, host, "content-length": bytes.length, ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) };
      const at = { host: hostname, port: proxy ?? port, path: pathname + search };
      const sending: ClientRequest = httpRequest({ ...at, method, headers: all }, (answer) => {
        answer.resume();
        answer.on("end", () => resolve(answer.statusCode ?? 0));
        answer.on("error", () => reject(new Unreachable()));
      });
      sending.on("error", () => reject(new Unreachable()));
      sending.write(bytes, () => progress(bytes.length));
      sending.end();
    });
  };
}

export const plainPut = putBy();

/** Passes until nothing is left to do, as the loop would, without its waiting. Says how many passes it took. */
export async function untilDone(phone: Phone, given: Wires, limit = 60): Promise<number> {
  const contact = new Contact(phone.store, given.api);
  for (let pass = 1; pass <= limit; pass++) {
    try {
      await drain({ store: phone.store, wires: { ...given, now: () => Date.now() + pass * 600_000 }, contact, files: true, told: () => undefined, urgent: () => false });
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof ProblemError)) throw error;
    }
    const left = (await phone.store.getAll("outbox")).filter((row) => row.stage !== "done" && row.stuck === null);
    if (left.length === 0) return pass;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`not done: ${JSON.stringify(await phone.store.getAll("outbox"), (name, value: unknown) => (name === "jws" ? "…" : value))}`);
}
