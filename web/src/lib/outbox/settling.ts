/** What a verified receipt does on the phone, in one transaction: kept, and only then, file by file, deleted. */
import { hex } from "../bytes";
import { rfc3339 } from "../clock";
import { piecesOf } from "../drafts";
import { SHIFT_MS } from "../history";
import type { ReceiptLine, VerifiedReceipt } from "../receipt";
import type { Manifest } from "../schema";
import { logSeenOf } from "../signing";
import { type OutboxFile, type OutboxRow, type Store, type Writing, write } from "../store";

/** The service will not get these bytes, and knows why. */
const GIVEN_UP = ["lost", "expunged"];

type Names = ["outbox", "receipts", "files", "pieces", "previews", "settings"];

export interface Settled {
  row: OutboxRow;
  receipt: unknown;
  found: VerifiedReceipt;
  now: number;
}

export function keepAndDelete(store: Store, serviceId: string, settled: Settled): Promise<OutboxRow> {
  const { found, receipt, now } = settled;
  const names: Names = ["outbox", "receipts", "files", "pieces", "previews", "settings"];
  return write(store, names, async (tx) => {
    const row = await tx.objectStore("outbox").get(settled.row.sha256);
    if (!row) throw new RangeError("no such document in the outbox");
    const lines = new Map(found.lines.map((line) => [line.id, line]));
    const files = row.files.map((file) => after(file, lines.get(file.media_id)));
    const needed = await neededElsewhere(tx, row);
    for (const file of files) {
      if (needed.has(file.media_id) || !["safe", "withheld"].includes(file.state)) continue;
      await endPreview(tx, file.media_id, now);
      if (file.state === "safe") await remove(tx, file.media_id); // one kept back is nowhere else
    }
    const { sha256, id: capture_id, device_id } = row;
    const log_index = found.proven.index;
    await tx.objectStore("receipts").put({ sha256, capture_id, device_id, received_at: rfc3339(now), receipt, log_index });
    await keepNewest(tx, serviceId, found);
    const next = files.every((file) => file.state !== "waiting") ? done(row, now) : { ...row, stage: "files" as const };
    await tx.objectStore("outbox").put({ ...next, files });
    return { ...next, files };
  });
}

/** A file is safe only when its own line has its hash and the state secured or quarantined. */
function after(file: OutboxFile, line: ReceiptLine | undefined): OutboxFile {
  const problem = line?.state === "secured" ? null : (line?.state ?? "not_in_receipt");
  if (line?.kept === true && line.sha256 === file.sha256) return { ...file, state: "safe", problem };
  if (file.state === "withheld" || line?.state === "withheld") return { ...file, state: "withheld", problem };
  const givenUp = file.state === "lost" || (line !== undefined && GIVEN_UP.includes(line.state));
  return { ...file, state: givenUp ? "lost" : "waiting", problem: file.problem ?? problem };
}

/** Facts in the clear are no longer needed here: what the officer may read again is sealed in the history. */
function done(row: OutboxRow, now: number): OutboxRow {
  return { ...row, stage: "done", jws: "", receipt_at: rfc3339(now), stuck: null };
}

/** Files that another document of this phone still has to send; an amendment names those of its base. */
async function neededElsewhere(tx: Writing<Names>, row: OutboxRow): Promise<Set<string>> {
  const all = await tx.objectStore("outbox").index("device").getAll(row.device_id);
  const others = all.filter((one) => one.sha256 !== row.sha256).flatMap((one) => one.files);
  return new Set(others.filter((file) => file.state === "waiting").map((file) => file.media_id));
}

async function remove(tx: Writing<Names>, mediaId: string): Promise<void> {
  await tx.objectStore("files").delete(mediaId);
  await tx.objectStore("pieces").delete(piecesOf(mediaId));
}

async function endPreview(tx: Writing<Names>, mediaId: string, now: number): Promise<void> {
  const preview = await tx.objectStore("previews").get(mediaId);
  if (preview) await tx.objectStore("previews").put({ ...preview, until: now + SHIFT_MS });
}

/** The newest checkpoint that this phone verified: it goes into the next manifest, and so the log is watched. */
async function keepNewest(tx: Writing<Names>, serviceId: string, { proven }: VerifiedReceipt): Promise<void> {
  const { size, root } = proven.checkpoint;
  const settings = tx.objectStore("settings");
  const seen = (await settings.get(logSeenOf(serviceId))) as Manifest["log_seen"] | undefined;
  if (!seen || seen.size < size) await settings.put({ size, root: hex(root) }, logSeenOf(serviceId));
}
