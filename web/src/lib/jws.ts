/** Compact JWS (RFC 7515) as a phone signs it: ES256, and exactly alg, typ and kid in its header. */
import { type Bytes, b64url, utf8 } from "./bytes";
import type { PublicJwk } from "./schema";

export type Typ = "capture+jws" | "statement+jws" | "enrol+jws" | "device-session+jws";

const CURVE = { name: "ECDSA", namedCurve: "P-256" } as const;
const HASH = { name: "ECDSA", hash: "SHA-256" } as const;

/** A pair whose private half can sign, and can't be read out by anyone, us included. */
export async function makeKey(): Promise<{ key: CryptoKey; public_jwk: PublicJwk }> {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
  const { x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { key: pair.privateKey, public_jwk: { kty: "EC", crv: "P-256", x: x ?? "", y: y ?? "" } };
}

/** The JWS over `payload`, which is signed as it is. */
export async function signJws(key: CryptoKey, typ: Typ, kid: string, payload: Bytes): Promise<string> {
  const header = JSON.stringify({ alg: "ES256", typ, kid });
  const input = `${b64url(utf8(header))}.${b64url(payload)}`;
  // WebCrypto's form is that of JWS: r then s, 32 bytes each.
  return `${input}.${b64url(new Uint8Array(await crypto.subtle.sign(HASH, key, utf8(input))))}`;
}
