import { describe, expect, test } from "vitest";
import { b64url, fromB64url, fromUtf8 } from "../src/lib/bytes";
import { NotCanonical, canonical, cleanText } from "../src/lib/canonical";
import { sha256Hex } from "../src/lib/hash";
import { vectors } from "./vectors";

interface Payloads {
  canonical: { why: string; payload: string; sha256: string }[];
  refused: { why: string; payload: string; code: string }[];
}

const { canonical: right, refused } = vectors<Payloads>("payload");

describe("the service's canonical payloads", () => {
  test.each(right)("$why: read and spelled again, the same bytes and hash", async ({ payload, sha256 }) => {
    const bytes = canonical(JSON.parse(fromUtf8(fromB64url(payload))) as object);
    expect(b64url(bytes)).toBe(payload);
    expect(await sha256Hex(bytes)).toBe(sha256);
  });

  // Faults of the value; those of the spelling can't arise, because nothing else spells.
  const ofValues = ["payload_depth", "payload_float", "payload_integer", "payload_surrogate", "payload_control", "payload_not_nfc"];
  const parsed = refused.flatMap((row) => {
    try {
      const value: unknown = JSON.parse(fromUtf8(fromB64url(row.payload)));
      return ofValues.includes(row.code) && value !== null && typeof value === "object" ? [{ ...row, value }] : [];
    } catch {
      return [];
    }
  });
  // JavaScript reads a whole number with a point or exponent as one without, and five thousand digits as infinity.
  const read = ["a whole number with a point", "an exponent", "five thousand digits"];
  const seen = parsed.filter((row) => !read.includes(row.why));

  test("cover every fault of a value", () => {
    expect(new Set(seen.map((row) => row.code))).toEqual(new Set(ofValues));
  });

  test.each(seen)("$why is refused as the service would", ({ value, code }) => {
    expect(codeOf(() => canonical(value))).toBe(code);
  });
});

test("members that are undefined are not there, and minus zero is zero", () => {
  expect(fromUtf8(canonical({ b: undefined, a: -0 }))).toBe('{"a":0}');
});

test("cleaned text can be signed", () => {
  const text = cleanText("n\u0303 uno\u0000\u0007\r\ndos\t\ud800");
  expect(text).toBe("ñ uno\ndos\t\ufffd");
  expect(() => canonical({ text })).not.toThrow();
});

test.each(["=", "a=", "+/", "AAB", "A", "A A"])("%j is no base64url", (text) => {
  expect(() => fromB64url(text)).toThrow(RangeError);
});

function codeOf(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof NotCanonical) return error.code;
    throw error;
  }
}
