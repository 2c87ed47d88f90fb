/** The parts of one file on their way, and what was met there. */
import { readFile, rehash } from "../files";
import { Unreachable } from "../problems";
import type { EnrolmentRow, OutboxFile, OutboxRow, Store } from "../store";
import type { components } from "../api-types";
import type { Contact } from "./contact";
import { changeFiles } from "./rows";
import type { Wires } from "./wires";

export type Part = components["schemas"]["PartLine"];

export interface Sending {
  store: Store;
  wires: Wires;
  contact: Contact;
  enrolment: EnrolmentRow;
  row: OutboxRow;
  /** Hears of every change of a file. */
  told: (row: OutboxRow) => void;
}

/** What the parts of one file met; `handedOn` is the most that a connection took before it died. Bytes. */
export interface Met {
  got: number;
  died: number;
  handedOn: number;
  /** Addresses that the store no longer takes. */
  expired: number;
  /** Parts whose bytes are gone or damaged on this phone, or that its officer keeps back since. */
  lost: number;
}

/** Parts at one time; a phone's radio gains nothing from more. */
export const LANES = 3;
/** Deaths in a row, none got through: then the network is away, and waiting is better than trying. */
const ENOUGH = 3;
const BREATH_MS = 250;
/** A store that has something under that name already says 409 or 412: `complete` will tell what. */
const SENT = [200, 201, 204, 409, 412];
const REFUSED_BYTES = [400, 411, 413, 422];

/** Sends parts until all are through, or the network is away, or an address is too old. */
export async function sendParts(sending: Sending, file: OutboxFile, parts: Part[]): Promise<Met> {
  const met: Met = { got: 0, died: 0, handedOn: 0, expired: 0, lost: 0 };
  const queue = [...parts];
  let inARow = 0;
  const stopped = () => met.expired > 0 || met.lost > 0 || inARow >= ENOUGH || (file.chunk === null && met.died > 0);
  const lane = async () => {
    for (let part = queue.shift(); part && !stopped(); part = queue.shift()) {
      const outcome = await sendPart(sending, file, part, met);
      met[outcome]++;
      inARow = outcome === "died" ? inARow + 1 : 0;
      if (outcome === "died") {
        queue.unshift(part);
        await sending.wires.wait(BREATH_MS);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(LANES, parts.length) }, lane));
  return met;
}

type Outcome = "got" | "died" | "expired" | "lost";

async function sendPart(sending: Sending, file: OutboxFile, part: Part, met: Met): Promise<Outcome> {
  const { store, wires, contact, enrolment } = sending;
  if (await keptBack(sending, file)) return "lost";
  const body = await readFile(store, file.media_id, part.offset, part.size);
  if (body?.size !== part.size) return lose(sending, file, "file_gone");
  const bearer = part.url.startsWith(`${wires.origin}/`) ? await contact.bearer(enrolment) : null;
  let handed = 0;
  try {
    const { url, method, headers } = part;
    const status = await wires.put({ url, method, headers, body, bearer }, (bytes) => (handed = bytes));
    if (SENT.includes(status)) return "got";
    if (REFUSED_BYTES.includes(status)) return await refused(sending, file);
    return status >= 500 || status === 429 || status === 408 ? "died" : "expired";
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    met.handedOn = Math.max(met.handedOn, handed);
    return "died";
  }
}

/** Whether the document was discarded while its files were on their way. */
async function keptBack({ store, row }: Sending, file: OutboxFile): Promise<boolean> {
  const now = await store.get("outbox", row.sha256);
  return now?.files.find((one) => one.media_id === file.media_id)?.state === "withheld";
}

/** The store says that these are not the bytes that were signed. Either the phone damaged them, or the way did. */
async function refused(sending: Sending, file: OutboxFile): Promise<Outcome> {
  const row = await sending.store.get("files", file.media_id);
  if (!row || (await rehash(sending.store, row)) !== file.sha256) return lose(sending, file, "file_damaged");
  return "died";
}

async function lose(sending: Sending, file: OutboxFile, problem: string): Promise<Outcome> {
  sending.told(await setFile(sending, file, { state: "lost", problem }));
  return "lost";
}

export function setFile({ store, row }: Sending, file: OutboxFile, change: Partial<OutboxFile>): Promise<OutboxRow> {
  return changeFiles(store, row.sha256, (one) => (one.media_id === file.media_id ? change : {}));
}
