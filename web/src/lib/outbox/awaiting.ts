/** The end of the way: confirm, wait for the receipt, verify it, and only then delete. */
import { bodyOf } from "../api";
import { rfc3339 } from "../clock";
import { pinLogKeys } from "../enrol";
import { ProblemError } from "../problems";
import type { VerifiedReceipt } from "../receipt";
import type { EnrolmentRow, Pinned, Store } from "../store";
import type { Sending } from "./parts";
import { change, changeFiles, later, setAside } from "./rows";
import { keepAndDelete } from "./settling";
import { targetsFor, wholeWish } from "./uploads";
import type { Wires } from "./wires";

/** The service holds the answer back this long: usually it comes within two. Seconds. */
const HOLD = 8;

/** Says that files were sent. The service looks for each in the store; what it does not find is sent again. */
export async function confirm({ store, wires, contact, enrolment, row }: Sending): Promise<void> {
  const now = await store.get("outbox", row.sha256);
  const sent = (now?.files ?? []).filter((file) => file.state === "sent").map((file) => file.media_id);
  if (sent.length > 0) {
    try {
      await contact.as(enrolment, (headers) =>
        wires.api.POST("/api/v1/captures/{capture_id}/complete", {
          params: { path: { capture_id: row.id }, query: { manifest: row.sha256 } },
          body: { media: sent },
          headers,
        }),
      );
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== "not_arrived") throw error;
      const missing = error.errors["media"] ?? sent;
      await changeFiles(store, row.sha256, (file) =>
        missing.includes(file.media_id) ? { state: "waiting", chunk: null } : {},
      );
      await later(store, row.sha256, wires, error);
      return;
    }
  }
  const at = rfc3339(wires.now());
  await change(store, row.sha256, (one) => ({ stage: "checking", files_in_at: one.files_in_at ?? at, attempts: 0, next_at: 0 }));
}

/** Asks for the receipt once, and settles the document by it. */
export async function awaitReceipt(sending: Sending): Promise<void> {
  const { store, wires, contact, enrolment, row } = sending;
  // Where a file is lost, the receipt waits for the officer to say so: holding on would only hold up others.
  const wait = row.files.some((file) => file.state === "lost") ? 0 : HOLD;
  let receipt: unknown;
  try {
    const answer = await contact.as(enrolment, (headers) =>
      wires.api.GET("/api/v1/captures/{capture_id}/receipt", {
        params: { path: { capture_id: row.id }, query: { manifest: row.sha256, wait } },
        headers,
      }),
    );
    receipt = bodyOf(answer);
  } catch (error) {
    if (!(error instanceof ProblemError) || error.status !== 404) throw error;
    if (error.code === "receipt_not_yet") await notYet(sending);
    else await change(store, row.sha256, () => ({ stage: "facts" })); // a service that was restored has forgotten it
    return;
  }
  await settle(sending, receipt);
}

/**
 * No receipt yet: perhaps the store holds other bytes than we signed, and the service waits for ours again.
 * A phone may not read its capture, but whoever asks where to send files is told only of those that are missing.
 */
async function notYet({ store, wires, contact, enrolment, row }: Sending): Promise<void> {
  const sent = row.files.filter((file) => file.state === "sent");
  if (row.attempts > 0 && sent.length > 0) {
    const asked = sent.map((file) => ({ file, wish: wholeWish(file) }));
    const targets = await targetsFor({ wires, contact, enrolment, row }, asked);
    const missing = new Set(sent.map((file) => file.media_id).filter((id) => targets.get(id)?.length));
    const again = { state: "waiting", problem: "not_arrived", chunk: null } as const;
    if (missing.size > 0) {
      await changeFiles(store, row.sha256, (file) => (missing.has(file.media_id) ? again : {}));
      await change(store, row.sha256, () => ({ stage: "files" }));
    }
  }
  await later(store, row.sha256, wires);
}

/** The enrolment's pinned keys with those that they have handed on since; null when there are none. */
async function pinHandedOn(store: Store, wires: Wires, { device_id, pinned }: EnrolmentRow): Promise<Pinned | null> {
  const { items } = bodyOf(await wires.api.GET("/log/handovers"));
  const { keysHandedOn } = await import("../log/handover");
  const log_keys = await keysHandedOn(items, pinned);
  if (log_keys.length === pinned.log_keys.length) return null;
  return pinLogKeys(store, device_id, log_keys);
}

/** Verifies before anything goes; a receipt that does not verify deletes nothing and waits for a person. */
async function settle({ store, wires, enrolment, row, told }: Sending, receipt: unknown): Promise<void> {
  const { verifyOwnReceipt } = await import("../receipt");
  const expected = { capture_id: row.id, manifest_sha256: row.sha256, agency_id: enrolment.agency_id };
  const verified = (pinned: Pinned): Promise<VerifiedReceipt | null> =>
    verifyOwnReceipt(receipt, expected, pinned).catch(() => null);
  let found = await verified(enrolment.pinned);
  if (!found) {
    const pinned = await pinHandedOn(store, wires, enrolment); // perhaps the log has a new key
    found = pinned && (await verified(pinned));
  }
  if (!found) {
    await setAside(store, row.sha256, "receipt_bad", wires.now());
    return;
  }
  told(await keepAndDelete(store, enrolment.pinned.service_id, { row, receipt, found, now: wires.now() }));
}
