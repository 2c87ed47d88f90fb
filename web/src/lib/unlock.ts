/**
 * The PIN. It opens the reading key of one enrolment, which seals what stays on the phone after signing:
 * facts and previews. It keeps a colleague on a shared phone from reading. It does not protect what is not sent
 * yet (the phone sends without it), nor against someone who takes the handset's storage apart: six digits
 * can be tried. The signing key never leaves the browser, with or without a PIN.
 */
import { type Bytes, utf8 } from "./bytes";
import { rfc3339 } from "./clock";
import type { Unlock } from "./schema";
import { type EnrolmentRow, type LockRow, type Store, write } from "./store";

const ITERATIONS = 600_000;
const FREE_TRIES = 5;
const FIRST_WAIT_MS = 30_000;

/** An officer who has shown who they are, on this page, until it closes or they lock it. */
export interface Unlocked {
  device_id: string;
  unlock: Unlock;
  /** Opens what was sealed; null where the enrolment has no PIN. */
  reading: CryptoKey | null;
}

export class PinRefused extends Error {
  /** `wait_until` in milliseconds: after five wrong ones each further try waits longer. */
  constructor(
    readonly code: "wrong_pin" | "wait" | "pin_form",
    readonly wait_until = 0,
  ) {
    super(code);
  }
}

export const pinIsWellFormed = (pin: string): boolean => /^[0-9]{6}$/.test(pin);

/** Gives an enrolment its PIN: the first one, or a new one for whoever knows `former`. */
export async function setPin(store: Store, deviceId: string, pin: string, former?: string): Promise<Unlocked> {
  if (!pinIsWellFormed(pin)) throw new PinRefused("pin_form");
  const { lock } = await enrolment(store, deviceId);
  if (lock) await unlockWithPin(store, deviceId, former ?? "");
  const reading = lock
    ? await unwrapped(lock, await derived(former ?? "", lock), true)
    : await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]);
  const next = await wrap(reading, pin);
  await change(store, deviceId, (row) => (row?.passkey ? { ...next, passkey: row.passkey } : next));
  return unlockWithPin(store, deviceId, pin);
}

/** `PinRefused` for a wrong PIN, and for any while too many wrong ones are being waited out. */
export async function unlockWithPin(store: Store, deviceId: string, pin: string): Promise<Unlocked> {
  const { lock } = await enrolment(store, deviceId);
  if (!lock) return unlockedNow(deviceId, "none", null);
  return unlockedNow(deviceId, "pin", await openedByPin(store, deviceId, lock, pin, false));
}

/** The reading key in a form that may be wrapped once more, for whoever knows the PIN. */
export async function readingToWrap(store: Store, deviceId: string, pin: string): Promise<CryptoKey> {
  const { lock } = await enrolment(store, deviceId);
  if (!lock) throw new PinRefused("wrong_pin");
  return openedByPin(store, deviceId, lock, pin, true);
}

async function openedByPin(store: Store, deviceId: string, lock: LockRow, pin: string, extractable: boolean): Promise<CryptoKey> {
  const at = Date.now();
  if (at < lock.not_before) throw new PinRefused("wait", lock.not_before);
  try {
    const reading = await unwrapped(lock, await derived(pin, lock), extractable);
    if (lock.failures) await change(store, deviceId, (row) => row && { ...row, failures: 0, not_before: 0 });
    return reading;
  } catch (error) {
    if (!(error instanceof DOMException || error instanceof Error) || error.name !== "OperationError") throw error;
    const failures = lock.failures + 1;
    const wait = failures < FREE_TRIES ? 0 : at + FIRST_WAIT_MS * 2 ** Math.min(failures - FREE_TRIES, 7);
    await change(store, deviceId, (row) => row && { ...row, failures, not_before: wait });
    throw new PinRefused("wrong_pin", wait);
  }
}

/** `OperationError` for any other key than the one that wrapped it. */
export function unwrapReading(row: Pick<LockRow, "iv" | "wrapped">, by: CryptoKey): Promise<CryptoKey> {
  return unwrapped(row, by, false);
}

/** Seals bytes for reading; in the clear, with an empty iv, where there is no PIN. */
export async function seal(reading: CryptoKey | null, bytes: BufferSource): Promise<{ iv: Bytes; sealed: ArrayBuffer }> {
  if (!reading) return { iv: new Uint8Array(0), sealed: plain(bytes) };
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, sealed: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, reading, bytes) };
}

/** Opens what `seal` sealed; `PinRefused` when it was sealed and no key is there. */
export async function unseal(reading: CryptoKey | null, iv: Bytes, sealed: ArrayBuffer): Promise<Bytes> {
  if (iv.length === 0) return new Uint8Array(sealed);
  if (!reading) throw new PinRefused("wrong_pin");
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, reading, sealed));
}

function unlockedNow(deviceId: string, method: Unlock["method"], reading: CryptoKey | null): Unlocked {
  return { device_id: deviceId, unlock: { method, at: method === "none" ? null : rfc3339(Date.now()) }, reading };
}

async function derived(pin: string, { salt, iterations }: Pick<LockRow, "salt" | "iterations">): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", utf8(pin), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["wrapKey", "unwrapKey"]);
}

function unwrapped(lock: Pick<LockRow, "iv" | "wrapped">, by: CryptoKey, extractable: boolean): Promise<CryptoKey> {
  const how = { name: "AES-GCM", iv: lock.iv };
  return crypto.subtle.unwrapKey("raw", lock.wrapped, by, how, "AES-GCM", extractable, ["encrypt", "decrypt"]);
}

async function wrap(reading: CryptoKey, pin: string): Promise<LockRow> {
  const [salt, iv] = [crypto.getRandomValues(new Uint8Array(16)), crypto.getRandomValues(new Uint8Array(12))];
  const by = await derived(pin, { salt, iterations: ITERATIONS });
  const wrapped = await crypto.subtle.wrapKey("raw", reading, by, { name: "AES-GCM", iv });
  return { salt, iterations: ITERATIONS, iv, wrapped, failures: 0, not_before: 0 };
}

async function enrolment(store: Store, deviceId: string): Promise<EnrolmentRow> {
  const row = await store.get("enrolments", deviceId);
  if (!row) throw new RangeError("no such enrolment");
  return row;
}

/** Changes the lock alone, inside one transaction: the chain's head beside it must not be written back stale. */
async function change(store: Store, deviceId: string, next: (lock: LockRow | null) => LockRow | null): Promise<void> {
  await write(store, ["enrolments"], async (tx) => {
    const row = await tx.objectStore("enrolments").get(deviceId);
    if (row) await tx.objectStore("enrolments").put({ ...row, lock: next(row.lock) });
  });
}

function plain(bytes: BufferSource): ArrayBuffer {
  if (bytes instanceof ArrayBuffer) return bytes.slice(0);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}
