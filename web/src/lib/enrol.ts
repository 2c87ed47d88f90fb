/** Enrolment: one officer on one handset gets a key that never leaves it (protocol, section 4). */
import { type Api, bodyOf } from "./api";
import type { components } from "./api-types";
import { canonical } from "./canonical";
import { offsetOf, rfc3339 } from "./clock";
import { uuid7 } from "./ids";
import type { AgencyRules } from "./rules";
import { makeKey, signJws } from "./jws";
import { audience } from "./manifest";
import type { Enrolment, PublicJwk } from "./schema";
import { whoAmI } from "./session";
import { askToPersist, plantCanary, storageAnswer } from "./storage";
import { type EnrolmentRow, type Pinned, type Store, keepSetting, write } from "./store";
import { type Unlocked, setPin } from "./unlock";

type EnrolledAnswer = components["schemas"]["EnrolledAnswer"];

export class EnrolmentRefused extends Error {
  /** keys_cannot_be_kept: private browsing or Lockdown Mode. sign_in_needed: no session. */
  constructor(readonly code: "keys_cannot_be_kept" | "locks_missing" | "sign_in_needed") {
    super(code);
  }
}

/** Whether this browser keeps a key that nobody can read out; otherwise nothing is enrolled, and nothing weaker is used. */
export async function canKeepKeys(store: Store): Promise<boolean> {
  try {
    const { key } = await makeKey();
    await write(store, ["settings"], (tx) => tx.objectStore("settings").put(key, "trial_key"));
    const kept = (await store.get("settings", "trial_key")) as CryptoKey | undefined;
    await store.delete("settings", "trial_key");
    if (!kept || kept.extractable) return false;
    await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, kept, new Uint8Array(1));
    return true;
  } catch {
    return false;
  }
}

/**
 * Enrols the signed-in officer on this phone, with a PIN for reading.
 *
 * Under the policy `administrator` the enrolment is `pending`: the officer may capture and sign at once, and what is
 * signed is sent when an administrator has let the phone in. `ProblemError` for what the service refuses.
 */
export async function enrol(
  store: Store,
  api: Api,
  wanted: { label: string; pin: string; code?: string },
): Promise<{ row: EnrolmentRow; unlocked: Unlocked }> {
  if (!globalThis.navigator?.locks) throw new EnrolmentRefused("locks_missing");
  if (!(await canKeepKeys(store))) throw new EnrolmentRefused("keys_cannot_be_kept");
  const person = await whoAmI(api);
  if (!person) throw new EnrolmentRefused("sign_in_needed");
  await askToPersist();
  const { nonce, service_id } = bodyOf(await api.POST("/api/v1/devices/nonce"));
  const at = Date.now();
  const { key, public_jwk } = await makeKey();
  const offer: Enrolment = {
    v: 1,
    aud: audience(service_id),
    nonce,
    device_id: uuid7(at),
    officer_id: person.person_id,
    agency_id: person.organisation_id,
    key: public_jwk,
    label: wanted.label,
    storage: await storageAnswer(),
    app: __BUILD__,
    enrolled_at: rfc3339(at),
  };
  const proof = await signJws(key, "enrol+jws", offer.device_id, canonical(offer));
  const body = { key: { ...public_jwk }, proof, code: wanted.code ?? null };
  const answer = bodyOf(await api.POST("/api/v1/devices", { body }));
  const row: EnrolmentRow = {
    device_id: offer.device_id,
    officer_id: offer.officer_id,
    agency_id: offer.agency_id,
    state: answer.state === "pending" ? "pending" : "active",
    label: offer.label,
    officer_name: person.name,
    officer_code: person.code,
    agency_name: person.organisation,
    key,
    public_jwk,
    pinned: pinnedOf(answer),
    enrolled_at: offer.enrolled_at,
    seq: 0,
    head: null,
    lock: null,
    rules: answer.agency,
  };
  await write(store, ["enrolments"], (tx) => tx.objectStore("enrolments").put(row));
  await keepSetting(store, "offset", offsetOf(answer.server_time, at, Date.now()));
  await plantCanary(store);
  return { row, unlocked: await setPin(store, row.device_id, wanted.pin) };
}

/** Everyone who signs on this phone, by name: the choice at the start. Nothing of their captures is shown. */
export async function enrolmentsOf(store: Store): Promise<EnrolmentRow[]> {
  const rows = await store.getAll("enrolments");
  return rows.sort((one, other) => one.officer_name.localeCompare(other.officer_name));
}

/**
 * Keeps what the agency demands now; captures that were begun keep what they began with. A service that is older than
 * this app says nothing of it: then what was known stays, and nothing is held up.
 */
export async function keepRules(store: Store, deviceId: string, rules: AgencyRules | undefined): Promise<void> {
  if (!rules) return;
  await write(store, ["enrolments"], async (tx) => {
    const row = await tx.objectStore("enrolments").get(deviceId);
    if (row && row.rules?.version !== rules.version) await tx.objectStore("enrolments").put({ ...row, rules });
  });
}

/** Changes an enrolment's state alone; the chain's head stays what it is. */
export async function setEnrolmentState(store: Store, deviceId: string, state: EnrolmentRow["state"]): Promise<void> {
  await write(store, ["enrolments"], async (tx) => {
    const row = await tx.objectStore("enrolments").get(deviceId);
    if (row && row.state !== "closed") await tx.objectStore("enrolments").put({ ...row, state });
  });
}

/** Pins log keys that the pinned ones have handed on (lib/log/handover.ts); the chain's head stays what it is. */
export async function pinLogKeys(store: Store, deviceId: string, logKeys: string[]): Promise<Pinned | null> {
  return write(store, ["enrolments"], async (tx) => {
    const row = await tx.objectStore("enrolments").get(deviceId);
    if (!row) return null;
    const pinned = { ...row.pinned, log_keys: logKeys };
    await tx.objectStore("enrolments").put({ ...row, pinned });
    return pinned;
  });
}

/** A receipt is believed by these keys, by those that they hand on, or not at all. */
function pinnedOf(answer: EnrolledAnswer): Pinned {
  const { service_id, log_keys, witness_keys, rescue_key } = answer;
  return { service_id, log_keys, witness_keys, rescue_key: rescue_key as PublicJwk };
}
