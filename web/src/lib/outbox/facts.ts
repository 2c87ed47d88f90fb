/** Facts first: every signed document, oldest first, before any pixel of any capture. */
import { JOSE, bodyOf } from "../api";
import { rfc3339 } from "../clock";
import { ProblemError } from "../problems";
import type { EnrolmentRow, OutboxRow, Store } from "../store";
import type { Contact } from "./contact";
import { change, setAside } from "./rows";
import type { Wires } from "./wires";

/** Sends one document. A repeat is answered like the first time, so a lost acknowledgement costs one request. */
export async function sendFacts(
  store: Store,
  wires: Wires,
  contact: Contact,
  enrolment: EnrolmentRow,
  row: OutboxRow,
): Promise<void> {
  try {
    const problems = await contact.as(enrolment, (auth) => put(wires, auth, enrolment, row));
    await acknowledged(store, row, wires.now(), { problems });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    // The service keeps both versions and tells the supervisor: for us it has arrived.
    if (error.status === 409 && error.code === "conflict") await acknowledged(store, row, wires.now(), { conflict: true });
    else if (error.retry === "later" || error.status === 401 || error.status === 403) throw error;
    else await setAside(store, row.sha256, error.code, wires.now());
  }
}

async function put(
  wires: Wires,
  auth: { Authorization: string },
  enrolment: EnrolmentRow,
  row: OutboxRow,
): Promise<string[]> {
  const headers = { ...JOSE.headers, ...auth };
  if (row.kind === "statement") {
    const path = { device_id: enrolment.device_id, statement_id: row.id };
    await wires.api.PUT("/api/v1/devices/{device_id}/statements/{statement_id}", {
      ...{ params: { path }, body: row.jws, bodySerializer: JOSE.bodySerializer, headers },
    });
    return [];
  }
  const answer = await wires.api.PUT("/api/v1/captures/{capture_id}", {
    ...{ params: { path: { capture_id: row.id } }, body: row.jws, bodySerializer: JOSE.bodySerializer, headers },
  });
  return bodyOf(answer).problems.map((problem) => problem.code);
}

function acknowledged(store: Store, row: OutboxRow, now: number, more: Partial<OutboxRow>): Promise<OutboxRow> {
  const fresh = { attempts: 0, next_at: 0, facts_in_at: row.facts_in_at ?? rfc3339(now) };
  return change(store, row.sha256, ({ kind, files }) => {
    const waiting = files.some((file) => file.state === "waiting"); // as it is now: a discard may have come between
    return { ...fresh, ...more, stage: kind === "statement" ? "done" : waiting ? "files" : "checking" };
  });
}
