/** Signed notes (C2SP signed-note) and the cosignatures of witnesses on them (C2SP tlog-cosignature). */
import { type Bytes, fromUtf8, hex, joined, utf8 } from "../bytes";
import { sha256 } from "../hash";
import { verified } from "./ed25519";
import { base64Of } from "./lines";
import { BadProof } from "./proof-fault";

export const ED25519 = 0x01;
export const COSIGNATURE = 0x04;
const MAX_NOTE = 1_000_000;
const MAX_SIGNATURES = 100;
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;
const VKEY = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/;

/** A public key that we trust for something, under the name with which it signs. */
export interface Verifier {
  name: string;
  algorithm: number;
  publicKey: Bytes;
  /** Four bytes, in hex. */
  keyId: string;
}

export interface Signature {
  name: string;
  keyId: string;
  bytes: Bytes;
}

/** A signature that a known key made; `seconds` since 1970 only for a cosignature. */
export interface Believed {
  verifier: Verifier;
  seconds: number | null;
}

/** Reads `name+hash+key`; `BadProof` when malformed, of a foreign type, or when the hash does not fit. */
export async function readVkey(vkey: string): Promise<Verifier> {
  const [, name = "", hash = "", key = ""] = VKEY.exec(vkey) ?? [];
  if (!nameIsValid(name)) throw new BadProof("vkey_malformed");
  const raw = base64Of(key);
  const algorithm = raw[0] ?? 0;
  if (algorithm !== ED25519 && algorithm !== COSIGNATURE) throw new BadProof("vkey_type_unknown");
  if (raw.length !== 33) throw new BadProof("vkey_malformed");
  const keyId = hex((await sha256(joined(utf8(`${name}\n`), raw))).subarray(0, 4));
  if (keyId !== hash) throw new BadProof("vkey_hash_differs");
  return { name, algorithm, publicKey: raw.slice(1), keyId };
}

/** Text and signatures of a note, nothing believed. */
export function split(note: Bytes): { text: string; signatures: Signature[] } {
  if (note.length > MAX_NOTE) throw new BadProof("note_too_large");
  let whole: string;
  try {
    whole = fromUtf8(note);
  } catch {
    throw new BadProof("note_malformed", "not UTF-8");
  }
  const end = whole.lastIndexOf("\n\n");
  const tail = whole.slice(end + 2);
  if (CONTROL.test(whole)) throw new BadProof("note_malformed", "control characters");
  if (end < 0 || !tail.endsWith("\n")) throw new BadProof("note_malformed", "no signature block");
  const lines = tail.slice(0, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) throw new BadProof("note_too_many_signatures");
  return { text: whole.slice(0, end + 1), signatures: lines.map(signatureOf) };
}

/**
 * Verifies every signature by a known key.
 *
 * `BadProof`: malformed, a known key's signature is wrong, or no known key has signed. A key's second signature
 * on one note is ignored, and so are keys that we don't know.
 */
export async function openNote(note: Bytes, known: Verifier[]): Promise<{ text: string; by: Believed[] }> {
  const { text, signatures } = split(note);
  const by: Believed[] = [];
  for (const signature of signatures) {
    const verifier = known.find((one) => one.name === signature.name && one.keyId === signature.keyId);
    if (!verifier || by.some((one) => one.verifier === verifier)) continue;
    by.push(await believed(text, signature, verifier));
  }
  if (by.length === 0) throw new BadProof("not_signed");
  return { text, by };
}

async function believed(text: string, signature: Signature, verifier: Verifier): Promise<Believed> {
  if (verifier.algorithm === ED25519) {
    if (await verified(verifier.publicKey, signature.bytes, utf8(text))) return { verifier, seconds: null };
  } else if (signature.bytes.length === 72) {
    const view = new DataView(signature.bytes.buffer, signature.bytes.byteOffset);
    const seconds = Number(view.getBigUint64(0));
    const message = utf8(`cosignature/v1\ntime ${seconds}\n${text}`);
    if (await verified(verifier.publicKey, signature.bytes.slice(8), message)) return { verifier, seconds };
  }
  throw new BadProof("signature_wrong", signature.name);
}

function signatureOf(line: string): Signature {
  const [dash, name = "", coded = "", ...more] = line.split(" ");
  if (dash !== "—" || more.length > 0 || !nameIsValid(name)) throw new BadProof("note_malformed", "a signature line");
  const raw = base64Of(coded);
  if (raw.length < 5) throw new BadProof("note_malformed", "a signature is too short");
  return { name, keyId: hex(raw.subarray(0, 4)), bytes: raw.slice(4) };
}

function nameIsValid(name: string): boolean {
  return name !== "" && !name.includes("+") && !/\s/.test(name) && !CONTROL.test(name);
}
