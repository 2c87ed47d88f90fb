/** One pass over the outbox: facts of all captures, then files, then receipts. Run under the lock, in one tab. */
import { setEnrolmentState } from "../enrol";
import { ProblemError, Unreachable } from "../problems";
import { type EnrolmentRow, type OutboxRow, StorageFailed, type Store, keepSetting, setting } from "../store";
import { awaitReceipt, confirm } from "./awaiting";
import type { Contact } from "./contact";
import { sendFacts } from "./facts";
import type { Sending } from "./parts";
import { due, later, setAside } from "./rows";
import { sendFiles } from "./uploads";
import type { Wires } from "./wires";

export interface Drain {
  store: Store;
  wires: Wires;
  contact: Contact;
  /** Whether files may go on the network that the phone is on; facts always may. */
  files: boolean;
  told: () => void;
  /** Whether something was signed meanwhile, whose facts go before anyone's receipt. */
  urgent: () => boolean;
}

/** Why an enrolment's documents wait, all of them: not admitted yet, unknown to the service. */
export interface Blocked {
  code: string;
  until: number;
}

/** An enrolment that is not let in is asked for again after this. Milliseconds. */
const ASK_AGAIN = 5 * 60_000;
export const blockedOf = (deviceId: string): string => `blocked:${deviceId}`;

/**
 * Sends what may be sent now. Throws `Unreachable`, or the `ProblemError` of a service that is not well: then
 * everyone waits. What is wrong with one document keeps only that one; what is wrong with one enrolment, only its own.
 */
export async function drain(pass: Drain): Promise<void> {
  const enrolments = await pass.store.getAll("enrolments");
  const open: EnrolmentRow[] = [];
  for (const enrolment of enrolments)
    if (await guarded(pass, enrolment, () => factsOf(pass, enrolment))) open.push(enrolment);
  if (pass.files) for (const enrolment of open) await guarded(pass, enrolment, () => filesOf(pass, enrolment));
  for (const enrolment of open) await guarded(pass, enrolment, () => receiptsOf(pass, enrolment));
}

/** False where the enrolment as a whole has to wait. */
async function guarded(pass: Drain, enrolment: EnrolmentRow, act: () => Promise<void>): Promise<boolean> {
  const { store, wires } = pass;
  const blocked = await setting<Blocked>(store, blockedOf(enrolment.device_id));
  if (blocked && blocked.until > wires.now()) return false;
  try {
    await act();
    if (blocked) await keepSetting(store, blockedOf(enrolment.device_id), undefined);
    return true;
  } catch (error) {
    if (!(error instanceof ProblemError) || (error.status !== 401 && error.status !== 403)) throw error;
    if (error.code === "device_pending") await setEnrolmentState(store, enrolment.device_id, "pending");
    await keepSetting(store, blockedOf(enrolment.device_id), { code: error.code, until: wires.now() + ASK_AGAIN });
    pass.told();
    return false;
  }
}

async function factsOf(pass: Drain, enrolment: EnrolmentRow): Promise<void> {
  const { store, wires, contact } = pass;
  for (const row of await due(store, enrolment.device_id, "facts", wires.now()))
    await forOne(pass, row, () => sendFacts(store, wires, contact, enrolment, row));
}

async function filesOf(pass: Drain, enrolment: EnrolmentRow): Promise<void> {
  for (const row of await due(pass.store, enrolment.device_id, "files", pass.wires.now()))
    await forOne(pass, row, async () => {
      const sending = sendingOf(pass, enrolment, row);
      await sendFiles(sending);
      await confirm(sending);
    });
}

async function receiptsOf(pass: Drain, enrolment: EnrolmentRow): Promise<void> {
  for (const row of await due(pass.store, enrolment.device_id, "checking", pass.wires.now()))
    if (!pass.urgent()) await forOne(pass, row, () => awaitReceipt(sendingOf(pass, enrolment, row)));
}

const sendingOf = ({ store, wires, contact, told }: Drain, enrolment: EnrolmentRow, row: OutboxRow): Sending => ({
  ...{ store, wires, contact, enrolment, row, told },
});

/** Problems of the service itself, by which nothing is said about this one document. */
const OF_THE_SERVICE = ["database_unavailable", "store_unavailable", "internal_error", "foreign_answer"];

/** A document at which our own code fails so often is put aside, whatever the fault. */
const FAULTS = 5;

/** Keeps what is wrong with one document from holding up the others. */
async function forOne(pass: Drain, row: OutboxRow, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (error instanceof Unreachable || error instanceof StorageFailed) throw error;
    if (!(error instanceof ProblemError)) await ourFault(pass, row);
    else if (error.status === 401 || error.status === 403 || OF_THE_SERVICE.includes(error.code)) throw error;
    else if (error.retry === "never") await setAside(pass.store, row.sha256, error.code, pass.wires.now());
    else await later(pass.store, row.sha256, pass.wires, error);
  } finally {
    pass.told();
  }
}

async function ourFault(pass: Drain, row: OutboxRow): Promise<void> {
  const { attempts } = await later(pass.store, row.sha256, pass.wires);
  if (attempts >= FAULTS) await setAside(pass.store, row.sha256, "app_fault", pass.wires.now());
}
