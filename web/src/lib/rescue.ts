/**
 * The rescue file: what this enrolment could not send, sealed to the key of the service that it pinned. Whoever
 * carries it can't read it. Its form is written down in evidence/domain/rescue.py; both sides are tried against each other.
 */
import { type Bytes, b64url, hex, joined, utf8 } from "./bytes";
import { canonical } from "./canonical";
import { storedPieces } from "./files";
import { sha256 } from "./hash";
import type { PublicJwk } from "./schema";
import { type OutboxRow, type Store } from "./store";

const MAGIC = "CSQRESC1";
const INFO = "casquillo rescue 1\0";
const FRAME = 1024 * 1024;
const CURVE = { name: "ECDH", namedCurve: "P-256" } as const;

export class RescueRefused extends Error {
  constructor(readonly code: "no_rescue_key" | "nothing_to_rescue") {
    super(code);
  }
}

/** A file to be shared or carried. Nothing on the phone changes: what it holds is still sent when it can be. */
export async function writeRescue(store: Store, deviceId: string): Promise<Blob> {
  const enrolment = await store.get("enrolments", deviceId);
  const key = enrolment?.pinned.rescue_key;
  if (!enrolment || !key) throw new RescueRefused("no_rescue_key");
  const rows = (await store.getAllFromIndex("outbox", "device", deviceId)).filter((row) => row.stage !== "done");
  if (rows.length === 0) throw new RescueRefused("nothing_to_rescue");
  rows.sort((one, other) => one.seq - other.seq);
  const { header, cipher } = await begin(enrolment.pinned.service_id, key);
  const sealed = new Frames(cipher);
  for (const row of rows) await sealed.add(documentOf(row));
  for (const row of rows)
    for (const file of row.files) if (file.state !== "withheld") await addFile(store, row, file.media_id, sealed);
  const parts = [utf8(MAGIC), u32(header.length), header, ...(await sealed.end())];
  return new Blob(parts, { type: "application/octet-stream" });
}

async function begin(serviceId: string, to: PublicJwk): Promise<{ header: Bytes; cipher: CryptoKey }> {
  const own = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const { x = "", y = "" } = await crypto.subtle.exportKey("jwk", own.publicKey);
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const header = canonical({
    v: 1,
    service_id: serviceId,
    key: hex(await sha256(canonical({ kty: to.kty, crv: to.crv, x: to.x, y: to.y }))),
    epk: { kty: "EC", crv: "P-256", x, y },
    salt: b64url(salt),
    frame: FRAME,
  });
  const theirs = await crypto.subtle.importKey("jwk", to, CURVE, false, []);
  const secret = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, own.privateKey, 256);
  const base = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const info = joined(utf8(INFO), await sha256(header));
  const how = { name: "HKDF", hash: "SHA-256", salt, info };
  const cipher = await crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  return { header, cipher };
}

function documentOf(row: OutboxRow): Bytes {
  const body = utf8(row.jws);
  const { kind, id, device_id, sha256: hash } = row;
  return record({ kind, id, device_id, sha256: hash, size: body.length }, body);
}

async function addFile(store: Store, row: OutboxRow, mediaId: string, sealed: Frames): Promise<void> {
  const file = await store.get("files", mediaId);
  if (!file) return; // an amendment names files of its line that are not here
  const { sha256: hash, size } = file;
  const head = { kind: "file", id: mediaId, device_id: row.device_id, capture_id: row.id, manifest: row.sha256, sha256: hash, size };
  await sealed.add(record(head, new Uint8Array(0)));
  for await (const piece of storedPieces(store, file)) await sealed.add(piece);
}

function record(head: object, body: Bytes): Bytes {
  const text = canonical(head);
  return joined(u32(text.length), text, body);
}

/** A row of bytes in sealed frames of 1 MiB; each full one becomes a Blob, which the browser may keep outside memory. */
class Frames {
  private readonly sealed: Blob[] = [];
  private readonly frame = new Uint8Array(FRAME);
  private filled = 0;

  constructor(private readonly cipher: CryptoKey) {}

  async add(bytes: Bytes): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      if (this.filled === FRAME) await this.close(0);
      const part = bytes.subarray(at, at + FRAME - this.filled);
      this.frame.set(part, this.filled);
      this.filled += part.length;
      at += part.length;
    }
  }

  /** The last frame says that it is the last: a cut file shows. */
  async end(): Promise<Blob[]> {
    await this.close(1);
    return this.sealed;
  }

  private async close(last: 0 | 1): Promise<void> {
    const iv = new Uint8Array(12);
    new DataView(iv.buffer).setUint32(8, this.sealed.length);
    const how = { name: "AES-GCM", iv, additionalData: Uint8Array.of(last) };
    this.sealed.push(new Blob([await crypto.subtle.encrypt(how, this.cipher, this.frame.subarray(0, this.filled))]));
    this.filled = 0;
  }
}

function u32(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
