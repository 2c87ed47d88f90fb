/** Pixels: whole files straight to the store, in chunks where a send died; only what is still missing. */
import { bodyOf } from "../api";
import type { components } from "../api-types";
import { readFile } from "../files";
import { sha256Hex } from "../hash";
import { ProblemError, Unreachable } from "../problems";
import { type OutboxFile, type Store, keepSetting, setting } from "../store";
import { type Way, afterChunks, afterDeath, wayOf } from "./pacing";
import { LANES, type Met, type Part, type Sending, sendParts, setFile } from "./parts";
import type { Wires } from "./wires";

type Wish = components["schemas"]["UploadWish"];

/** Whole files of one request for targets. */
const FILES_A_REQUEST = 20;
/** Addresses that are refused at once, twice in a row, are not too old but wrong. */
const REPLANS = 2;

/**
 * Sends what is missing of a document's files; what got through stays through.
 *
 * `Unreachable` when the network is away; `ProblemError` for what the service, or the store, says.
 */
export async function sendFiles(sending: Sending): Promise<void> {
  const { store, wires, row } = sending;
  for (let expired = 0; ; ) {
    const now = await store.get("outbox", row.sha256);
    const missing = (now?.files ?? []).filter((file) => file.state === "waiting");
    if (missing.length === 0) return;
    const way = await learned(store, wires);
    const batch = await nextBatch(sending, missing, way);
    const targets = await targetsFor(sending, batch);
    // On a network that has not proved itself one file goes ahead, so that only one can be lost to it.
    const lanes = way.chunk === null && way.learned_at > 0 ? LANES : 1;
    const met = await inLanes(batch, lanes, (one) => sendOne(sending, one, targets.get(one.file.media_id) ?? []));
    if (met.includes("moved") || met.includes("fell")) expired = 0;
    else if (met.includes("expired")) {
      if (++expired >= REPLANS) throw new ProblemError({ status: 403, code: "store_refused", retry: "later" });
    } else throw new Unreachable();
  }
}

interface Wished {
  file: OutboxFile;
  wish: Wish;
}

async function nextBatch(sending: Sending, missing: OutboxFile[], way: Way): Promise<Wished[]> {
  const batch: Wished[] = [];
  for (const known of missing.slice(0, FILES_A_REQUEST)) {
    const inChunks = known.chunk === null && way.chunk !== null && known.size > way.chunk;
    const file = inChunks ? { ...known, chunk: way.chunk } : known;
    if (inChunks) await setFile(sending, file, { chunk: way.chunk });
    batch.push({ file, wish: await wishFor(sending.store, file) });
    if (file.chunk !== null) break; // one at a time: the next goes in pieces that this one taught
  }
  return batch;
}

async function wishFor(store: Store, file: OutboxFile): Promise<Wish> {
  const size = file.chunk;
  if (size === null) return wholeWish(file);
  const chunks: NonNullable<Wish["chunks"]> = [];
  for (let at = 0; at < file.size; at += size) {
    const piece = await readFile(store, file.media_id, at, size);
    if (!piece) return wholeWish(file);
    chunks.push({ n: chunks.length, sha256: await sha256Hex(new Uint8Array(await piece.arrayBuffer())) });
  }
  return { id: file.media_id, way: "chunks", chunk_size: size, chunks };
}

export const wholeWish = (file: OutboxFile): Wish => ({ id: file.media_id, way: "whole", chunk_size: null, chunks: [] });

/** Where the missing parts of each file go; none for what the service has. */
export async function targetsFor(
  { wires, contact, enrolment, row }: Pick<Sending, "wires" | "contact" | "enrolment" | "row">,
  batch: Wished[],
): Promise<Map<string, Part[]>> {
  const answer = await contact.as(enrolment, (headers) =>
    wires.api.POST("/api/v1/captures/{capture_id}/uploads", {
      params: { path: { capture_id: row.id }, query: { manifest: row.sha256 } },
      body: { media: batch.map((one) => one.wish) },
      headers,
    }),
  );
  return new Map(bodyOf(answer).media.map((target) => [target.id, target.parts]));
}

/** `fell`: nothing of it is through, and it goes in other pieces from now on; so should those behind it. */
type Outcome = "moved" | "fell" | "expired" | "stood";

async function sendOne(sending: Sending, { file }: Wished, parts: Part[]): Promise<Outcome> {
  const met = await sendParts(sending, file, parts);
  const way = await learn(sending, file, met);
  if (met.lost > 0) return "moved";
  if (met.got === parts.length) {
    sending.told(await setFile(sending, file, { state: "sent", problem: null }));
    return "moved";
  }
  if (met.got > 0) return "moved";
  if (met.expired > 0) return "expired";
  if (met.handedOn === 0 || file.chunk === way.chunk) return "stood";
  await setFile(sending, file, { chunk: way.chunk });
  return "fell";
}

const wayKey = (wires: Wires): string => `way:${wires.network().key}`;

async function learned(store: Store, wires: Wires): Promise<Way> {
  return wayOf(await setting<Way>(store, wayKey(wires)), wires.now());
}

async function learn({ store, wires }: Sending, file: OutboxFile, met: Met): Promise<Way> {
  const before = await learned(store, wires);
  let after = before;
  if (file.chunk !== null) after = afterChunks(before, met, wires.now());
  else if (met.got > 0) after = before.chunk === null ? { chunk: null, learned_at: wires.now() } : before;
  else if (met.handedOn > 0) after = afterDeath(met.handedOn, file.size, wires.now());
  if (after !== before) await keepSetting(store, wayKey(wires), after);
  return after;
}

/** Runs `act` over `items` in their order, `lanes` at a time, until one of them gets nothing through. */
async function inLanes<T>(items: T[], lanes: number, act: (item: T) => Promise<Outcome>): Promise<Outcome[]> {
  const queue = [...items];
  const outcomes: Outcome[] = [];
  const lane = async () => {
    for (let item = queue.shift(); item && !outcomes.includes("stood") && !outcomes.includes("fell"); item = queue.shift())
      outcomes.push(await act(item));
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  return outcomes;
}
