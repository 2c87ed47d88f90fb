/** The QR by which a colleague signs: what one phone shows the other reads, and nothing else is taken for it. */
import { describe, expect, test } from "vitest";
import { cosignText, readCosign } from "../../src/field/rules/cosigning";
import { readScene } from "../../src/field/rules/numbering";

const CAPTURE = {
  agencyId: "0f9d7b9e-30a5-4f44-9a55-0a4ed7a3b111",
  captureId: "01900000-0000-7000-8000-0000000000ff",
  sha256: "ab".repeat(32),
};

describe("the QR of a capture that a colleague signs", () => {
  test("reads back as it was written, also with white space around it", () => {
    expect(readCosign(` ${cosignText(CAPTURE)}\n`)).toEqual(CAPTURE);
  });

  test.each(["", "K7QD-39MX-WHT", `casquillo-scene:${CAPTURE.captureId}:50-99`, cosignText({ ...CAPTURE, sha256: "ab" })])(
    "%s is no such code",
    (text) => expect(readCosign(text)).toBeNull(),
  );

  test("is no scene to join", () => expect(readScene(cosignText(CAPTURE))).toBeNull());
});
