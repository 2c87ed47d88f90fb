/** Signing: the number, the chain, the outbox and the end of the draft, in one transaction or not at all. */
import { type Bytes } from "./bytes";
import { canonical } from "./canonical";
import { type Offset, rfc3339 } from "./clock";
import type { Draft } from "./draft";
import { sha256Hex } from "./hash";
import { folioOf, uuid7 } from "./ids";
import { type Typ, signJws } from "./jws";
import { withLock } from "./locks";
import { type Gap, type Moment, buildManifest, signingGaps } from "./manifest";
import type { Manifest } from "./schema";
import { type Stated, buildStatement } from "./statements";
import { type EnrolmentRow, type HistoryRow, type OutboxRow, type PreviewRow, type Store, setting, write } from "./store";
import { type Unlocked, seal, unseal } from "./unlock";

export { signingGaps } from "./manifest";

const MAX_PAYLOAD = 256 * 1024; // bytes
const TRIES = 3;

export type SigningCode = Gap | "already_signed" | "not_yours" | "enrolment_closed" | "too_large" | "file_missing" | "busy";

export class SigningRefused extends Error {
  constructor(readonly code: SigningCode) {
    super(code);
  }
}

/** Where the newest verified checkpoint of a service's log is kept. */
export const logSeenOf = (serviceId: string): string => `log_seen:${serviceId}`;

/** Signs a draft. Afterwards it is no draft any more: it has a number and will be sent, whatever becomes of it. */
export async function signCapture(store: Store, captureId: string, unlocked: Unlocked): Promise<OutboxRow> {
  return withLock(`sign-${unlocked.device_id}`, async () => {
    const draft = await store.get("drafts", captureId);
    if (!draft) throw new SigningRefused("already_signed");
    if (draft.device_id !== unlocked.device_id) throw new SigningRefused("not_yours");
    const [gap] = signingGaps(draft);
    if (gap) throw new SigningRefused(gap);
    const here = await filesHere(store, draft);
    return numbered(store, unlocked, async (enrolment, moment) => {
      const signed = await sign(enrolment, "capture+jws", buildManifest(draft, enrolment, moment));
      const row: OutboxRow = {
        ...outboxRow(enrolment, signed, moment),
        kind: "capture",
        id: draft.capture_id,
        folio: await folioOf(draft.capture_id),
        files: draft.media.map((line) => ({
          media_id: line.id,
          sha256: line.sha256,
          size: line.size,
          state: here.has(line.id) ? "waiting" : "sent",
          problem: null,
          chunk: null,
        })),
      };
      return { row, draft, history: await historyRow(row, signed.payload, unlocked) };
    });
  });
}

/** Signs a statement into this phone's own chain. */
export async function signStatement(store: Store, stated: Stated, unlocked: Unlocked): Promise<OutboxRow> {
  return withLock(`sign-${unlocked.device_id}`, () =>
    numbered(store, unlocked, async (enrolment, moment) => {
      const id = uuid7(moment.at);
      const signed = await sign(enrolment, "statement+jws", buildStatement(id, stated, enrolment, moment));
      const row: OutboxRow = { ...outboxRow(enrolment, signed, moment), kind: "statement", id };
      if (stated.kind === "discard") return { row, takesBack: stated.facts.manifest_sha256 };
      return { row, closes: stated.kind === "closing" };
    }),
  );
}

interface Made {
  row: OutboxRow;
  draft?: Draft;
  history?: HistoryRow;
  /** The last document of this enrolment: it signs no other. */
  closes?: boolean;
  /** The document that is discarded: what has not left of its files stays here, from this very transaction on. */
  takesBack?: string;
}

/**
 * Gives `make` the next place of the chain and commits what it made, unless the chain has moved meanwhile.
 *
 * Signing is no database work, so the transaction opens after it and compares: the lock should make that
 * needless, but a number that is given twice can never be taken back.
 */
async function numbered(
  store: Store,
  unlocked: Unlocked,
  make: (enrolment: EnrolmentRow, moment: Moment) => Promise<Made>,
): Promise<OutboxRow> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const enrolment = await store.get("enrolments", unlocked.device_id);
    if (!enrolment) throw new SigningRefused("not_yours");
    if (enrolment.state === "closed") throw new SigningRefused("enrolment_closed");
    const moment: Moment = {
      at: Date.now(),
      offset: (await setting<Offset>(store, "offset")) ?? null,
      unlock: unlocked.unlock,
      log_seen: (await setting<Manifest["log_seen"]>(store, logSeenOf(enrolment.pinned.service_id))) ?? null,
    };
    const made = await make(enrolment, moment);
    const previews = made.draft ? await sealedPreviews(store, made.draft, unlocked) : [];
    if (await committed(store, enrolment, made, previews)) return made.row;
  }
  throw new SigningRefused("busy");
}

function committed(store: Store, seen: EnrolmentRow, made: Made, previews: PreviewRow[]): Promise<boolean> {
  const names = ["enrolments", "drafts", "outbox", "history", "previews"] as ["enrolments", "drafts", "outbox", "history", "previews"];
  return write(store, names, async (tx) => {
    const now = await tx.objectStore("enrolments").get(seen.device_id);
    if (!now || now.seq !== seen.seq || now.head !== seen.head) return false;
    if (made.draft && !(await tx.objectStore("drafts").get(made.draft.capture_id)))
      throw new SigningRefused("already_signed");
    const state = made.closes ? "closed" : now.state;
    await tx.objectStore("enrolments").put({ ...now, state, seq: made.row.seq, head: made.row.sha256 });
    await tx.objectStore("outbox").add(made.row);
    if (made.takesBack) {
      const taken = await tx.objectStore("outbox").get(made.takesBack);
      if (taken) await tx.objectStore("outbox").put(keptBack(taken));
    }
    if (made.draft) await tx.objectStore("drafts").delete(made.draft.capture_id);
    if (made.history) await tx.objectStore("history").put(made.history);
    for (const preview of previews) await tx.objectStore("previews").put(preview);
    return true;
  });
}

/** A discarded document: its facts and its receipt go their way, the pixels that are still here do not. */
function keptBack(row: OutboxRow): OutboxRow {
  const files = row.files.map((file) => (file.state === "waiting" ? { ...file, state: "withheld" as const } : file));
  const nothingSent = files.every((file) => file.state !== "sent");
  return { ...row, files, stage: row.stage === "files" && nothingSent ? "checking" : row.stage };
}

interface Signed {
  payload: Bytes;
  sha256: string;
  jws: string;
}

async function sign(enrolment: EnrolmentRow, typ: Typ, document: object): Promise<Signed> {
  const payload = canonical(document);
  if (payload.length > MAX_PAYLOAD) throw new SigningRefused("too_large");
  const jws = await signJws(enrolment.key, typ, enrolment.device_id, payload);
  return { payload, sha256: await sha256Hex(payload), jws };
}

function outboxRow(enrolment: EnrolmentRow, signed: Signed, moment: Moment): Omit<OutboxRow, "kind" | "id"> {
  return {
    sha256: signed.sha256,
    device_id: enrolment.device_id,
    seq: enrolment.seq + 1,
    signed_at: rfc3339(moment.at),
    folio: null,
    jws: signed.jws,
    stage: "facts",
    files: [],
    stuck: null,
    conflict: false,
    problems: [],
    facts_in_at: null,
    files_in_at: null,
    receipt_at: null,
    attempts: 0,
    next_at: 0,
  };
}

/** The files that the phone has; every file that this capture brings anew must be among them. */
async function filesHere(store: Store, draft: Draft): Promise<Set<string>> {
  const here = new Set<string>();
  for (const line of draft.media) {
    const row = await store.get("files", line.id);
    if (row?.sha256 === line.sha256) here.add(line.id);
    else if (!draft.amends) throw new SigningRefused("file_missing");
  }
  return here;
}

async function historyRow(row: OutboxRow, payload: Bytes, unlocked: Unlocked): Promise<HistoryRow> {
  const { iv, sealed } = await seal(unlocked.reading, payload);
  const { sha256, device_id, signed_at, seq } = row;
  return { sha256, capture_id: row.id, device_id, folio: row.folio ?? "", signed_at, seq, iv, payload: sealed };
}

async function sealedPreviews(store: Store, draft: Draft, unlocked: Unlocked): Promise<PreviewRow[]> {
  const found = await store.getAllFromIndex("previews", "capture", draft.capture_id);
  return Promise.all(
    found.map(async (row) => {
      const { iv, sealed } = await seal(unlocked.reading, await unseal(null, row.iv, row.image));
      return { ...row, iv, image: sealed };
    }),
  );
}
