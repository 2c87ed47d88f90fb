/**
 * A passkey of this phone beside the PIN (WebAuthn with PRF): its secret opens the same reading key.
 *
 * It says that whoever can unlock this handset is there, no more: so it is offered only while the phone has one officer.
 * Without PRF nothing is offered: a passkey that opens no key would be a picture of a lock. The service never sees it.
 */
import { type Bytes, utf8 } from "./bytes";
import { rfc3339 } from "./clock";
import { type PasskeyRow, type Store, write } from "./store";
import { type Unlocked, readingToWrap, unwrapReading } from "./unlock";

const INFO = "casquillo reading key by passkey, 1";
const PATIENCE = 60_000; // ms
const ES256 = -7;
const RS256 = -257;

export class PasskeyRefused extends Error {
  /** not_here: the phone has none, or none whose secret can open a key. given_up: the person or the phone said no. */
  constructor(readonly code: "not_here" | "given_up") {
    super(code);
  }
}

/** Whether this browser may have a passkey of its own phone. Whether its secret can open a key shows on making one. */
export async function canHavePasskey(): Promise<boolean> {
  const kind = globalThis.PublicKeyCredential;
  if (!kind?.isUserVerifyingPlatformAuthenticatorAvailable) return false;
  return kind.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => false);
}

export async function hasPasskey(store: Store, deviceId: string): Promise<boolean> {
  return Boolean((await store.get("enrolments", deviceId))?.lock?.passkey);
}

/** Makes a passkey and lets it open what the PIN opens; `PinRefused` for a wrong PIN, `PasskeyRefused` for a phone that can't. */
export async function addPasskey(store: Store, deviceId: string, name: string, pin: string): Promise<void> {
  const reading = await readingToWrap(store, deviceId, pin);
  const salt = crypto.getRandomValues(new Uint8Array(32));
  const made = await asked(navigator.credentials.create({ publicKey: creation(name, salt) }));
  const found = made.getClientExtensionResults().prf;
  if (!found?.enabled && !found?.results) throw new PasskeyRefused("not_here");
  const credential_id = new Uint8Array(made.rawId);
  const secret = found.results ? bytesOf(found.results.first) : await secretOf({ credential_id, salt });
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const wrapped = await crypto.subtle.wrapKey("raw", reading, await keyOf(secret, salt), { name: "AES-GCM", iv });
  await keep(store, deviceId, { credential_id, salt, iv, wrapped });
}

/** `PasskeyRefused` when there is none, or when the person or the phone says no. */
export async function unlockWithPasskey(store: Store, deviceId: string): Promise<Unlocked> {
  const passkey = (await store.get("enrolments", deviceId))?.lock?.passkey;
  if (!passkey) throw new PasskeyRefused("not_here");
  const by = await keyOf(await secretOf(passkey), passkey.salt);
  const reading = await unwrapReading(passkey, by).catch(() => null);
  if (!reading) throw new PasskeyRefused("not_here"); // another secret than the one that it was wrapped with
  return { device_id: deviceId, unlock: { method: "passkey", at: rfc3339(Date.now()) }, reading };
}

/** The PIN alone opens again. The phone's own list of passkeys keeps an entry that opens nothing. */
export function dropPasskey(store: Store, deviceId: string): Promise<void> {
  return keep(store, deviceId, null);
}

function creation(name: string, salt: Bytes): PublicKeyCredentialCreationOptions {
  return {
    rp: { name: "Casquillo" },
    user: { id: crypto.getRandomValues(new Uint8Array(16)), name, displayName: name },
    challenge: crypto.getRandomValues(new Uint8Array(32)),
    pubKeyCredParams: [
      { type: "public-key", alg: ES256 },
      { type: "public-key", alg: RS256 },
    ],
    authenticatorSelection: { authenticatorAttachment: "platform", userVerification: "required" },
    timeout: PATIENCE,
    extensions: { prf: { eval: { first: salt } } },
  };
}

async function secretOf({ credential_id, salt }: Pick<PasskeyRow, "credential_id" | "salt">): Promise<Bytes> {
  const publicKey: PublicKeyCredentialRequestOptions = {
    challenge: crypto.getRandomValues(new Uint8Array(32)),
    allowCredentials: [{ type: "public-key", id: credential_id, transports: ["internal"] }],
    userVerification: "required",
    timeout: PATIENCE,
    extensions: { prf: { eval: { first: salt } } },
  };
  const shown = await asked(navigator.credentials.get({ publicKey }));
  const secret = shown.getClientExtensionResults().prf?.results?.first;
  if (!secret) throw new PasskeyRefused("not_here");
  return bytesOf(secret);
}

async function asked(asking: Promise<Credential | null>): Promise<PublicKeyCredential> {
  const found = await asking.catch(() => null); // NotAllowedError says neither why nor who
  if (!found) throw new PasskeyRefused("given_up");
  return found as PublicKeyCredential;
}

async function keyOf(secret: Bytes, salt: Bytes): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt, info: utf8(INFO) };
  return crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["wrapKey", "unwrapKey"]);
}

function bytesOf(source: BufferSource): Bytes {
  return source instanceof ArrayBuffer
    ? new Uint8Array(source)
    : new Uint8Array(source.buffer.slice(source.byteOffset, source.byteOffset + source.byteLength) as ArrayBuffer);
}

/** Changes the lock alone: the chain's head beside it must not be written back stale. */
async function keep(store: Store, deviceId: string, passkey: PasskeyRow | null): Promise<void> {
  await write(store, ["enrolments"], async (tx) => {
    const row = await tx.objectStore("enrolments").get(deviceId);
    if (!row?.lock) return;
    const { passkey: _, ...lock } = row.lock;
    await tx.objectStore("enrolments").put({ ...row, lock: passkey ? { ...lock, passkey } : lock });
  });
}
