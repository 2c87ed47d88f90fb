import { expect, test } from "vitest";
import { folioIsValid, folioOf, uuid7 } from "../src/lib/ids";
import { vectors } from "./vectors";

interface Folios {
  valid: { capture_id: string; folio: string }[];
  accepted_spellings: string[];
  invalid: string[];
}

const folios = vectors<Folios>("folio");

test.each(folios.valid)("the folio of $capture_id is the service's", async ({ capture_id, folio }) => {
  expect(await folioOf(capture_id)).toBe(folio);
  expect(folioIsValid(folio)).toBe(true);
});

test.each(folios.accepted_spellings)("%s is accepted as written", (text) => {
  expect(folioIsValid(text)).toBe(true);
});

test.each(folios.invalid)("%j is no folio", (text) => {
  expect(folioIsValid(text)).toBe(false);
});

test("an id bears its time, version and variant", () => {
  const at = Date.UTC(2026, 4, 3, 5, 41, 7);
  expect(uuid7(at, new Uint8Array(10).fill(0xff))).toBe("019dec5d-d638-7fff-bfff-ffffffffffff".replace(/^.{13}/, hexTime(at)));
  expect(uuid7(at, new Uint8Array(10))).toBe(`${hexTime(at)}-7000-8000-000000000000`);
  expect(new Set(Array.from({ length: 1000 }, () => uuid7())).size).toBe(1000);
});

function hexTime(at: number): string {
  const digits = at.toString(16).padStart(12, "0");
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}
