import { describe, expect, test } from "vitest";
import { b64url, fromB64url, fromUtf8, utf8 } from "../src/lib/bytes";
import { canonical } from "../src/lib/canonical";
import { makeKey, signJws } from "../src/lib/jws";
import { sha256Hex } from "../src/lib/hash";
import type { PublicJwk } from "../src/lib/schema";
import { vectors } from "./vectors";

interface Documents {
  public_jwk: PublicJwk;
  documents: { name: string; typ: string; sha256: string; jws: string; document: object }[];
}

const { public_jwk, documents } = vectors<Documents>("documents");
const refused = vectors<{ refused_keys: { why: string; jwk: PublicJwk }[] }>("jws").refused_keys;

async function signedBy(jwk: PublicJwk, jws: string): Promise<boolean> {
  const [header = "", payload = "", signature = ""] = jws.split(".");
  const key = await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  const how = { name: "ECDSA", hash: "SHA-256" };
  return crypto.subtle.verify(how, key, fromB64url(signature), utf8(`${header}.${payload}`));
}

describe.each(documents)("the service's $name", ({ jws, sha256, document, typ }) => {
  test("has the bytes and hash that the phone would give it", async () => {
    const payload = canonical(document);
    expect(b64url(payload)).toBe(jws.split(".")[1]);
    expect(await sha256Hex(payload)).toBe(sha256);
  });

  test("has the header that the phone writes", async () => {
    const { key } = await makeKey();
    const kid = (document as { device_id: string }).device_id;
    const own = await signJws(key, typ as "capture+jws", kid, canonical(document));
    expect(own.split(".").slice(0, 2)).toEqual(jws.split(".").slice(0, 2));
    expect(await signedBy(public_jwk, jws)).toBe(true);
  });
});

test("a phone signs with a key that can't be read out, in a form that the service takes", async () => {
  const { key, public_jwk: own } = await makeKey();
  expect(key.extractable).toBe(false);
  await expect(crypto.subtle.exportKey("jwk", key)).rejects.toThrow();
  expect(Object.keys(own).sort()).toEqual(["crv", "kty", "x", "y"]);
  const jws = await signJws(key, "capture+jws", "0199a000-0000-7000-8000-0000000000aa", utf8('{"a":1}'));
  expect(jws.split(".")[2]).toHaveLength(86);
  expect(await signedBy(own, jws)).toBe(true);
  expect(await signedBy(public_jwk, jws)).toBe(false);
  expect(JSON.parse(fromUtf8(fromB64url(jws.split(".")[0] ?? "")))).toEqual({
    alg: "ES256",
    typ: "capture+jws",
    kid: "0199a000-0000-7000-8000-0000000000aa",
  });
});

test("no key of ours has a form that the service refuses", async () => {
  expect(refused.length).toBeGreaterThan(5);
  const { public_jwk: own } = await makeKey();
  for (const coordinate of [own.x, own.y]) expect(fromB64url(coordinate)).toHaveLength(32);
});
