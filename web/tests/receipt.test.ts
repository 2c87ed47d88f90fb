import { afterEach, describe, expect, test, vi } from "vitest";
import { utf8 } from "../src/lib/bytes";
import { inJavaScript, verified } from "../src/lib/log/ed25519";
import { readVkey } from "../src/lib/log/note";
import { logAlone, readPolicy } from "../src/lib/log/policy";
import { readProof } from "../src/lib/log/proof";
import { verifyOwnReceipt, verifyReceipt } from "../src/lib/receipt";
import type { Receipt } from "../src/lib/schema";
import { vectors } from "./vectors";

interface Receipts {
  log_key: string;
  witness_keys: string[];
  agency_id: string;
  receipt: Receipt;
  proven: { index: number; size: number; witnesses: string[]; seen_at: number };
  policies: { why: string; policy: string; code: string | null }[];
  forged: { why: string; code: string; receipt: unknown }[];
}

const known = vectors<Receipts>("receipts");
const pinned = { service_id: "", log_keys: [known.log_key], witness_keys: known.witness_keys, rescue_key: null };
const own = {
  capture_id: known.receipt.capture_id,
  manifest_sha256: known.receipt.manifest_sha256,
  agency_id: known.agency_id,
};

afterEach(() => vi.restoreAllMocks());

test("the service's receipt verifies, and says of each file whether it is kept", async () => {
  const found = await verifyOwnReceipt(known.receipt, own, pinned);
  const { index, checkpoint, witnesses, seen_at } = found.proven;
  expect({ index, size: checkpoint.size, witnesses, seen_at }).toEqual(known.proven);
  expect(found.lines.map((line) => line.kept)).toEqual([...Array<boolean>(8).fill(true), false]);
  expect(found.lines.map((line) => line.state).slice(6)).toEqual(["secured", "quarantined", "lost"]);
});

test.each(known.forged)("$why: $code", async ({ receipt, code }) => {
  await expect(verifyReceipt(receipt, await logAlone([known.log_key], known.witness_keys))).rejects.toMatchObject({ code });
});

test.each([null, undefined, "text", 7, [], { v: 2 }])("%j is no receipt", async (value) => {
  await expect(verifyOwnReceipt(value, own, pinned)).rejects.toMatchObject({ code: "receipt_malformed" });
});

describe("a receipt that verifies, but", () => {
  test.each([
    ["is for another capture", { ...own, capture_id: "0199a000-0000-7000-8000-000000000001" }, pinned, "other_manifest"],
    ["is for another manifest", { ...own, manifest_sha256: "0".repeat(64) }, pinned, "other_manifest"],
    ["is another agency's", { ...own, agency_id: "0199a000-0000-7000-8000-000000000001" }, pinned, "other_agency"],
    ["comes before any log key was pinned", own, { ...pinned, log_keys: [] }, "not_signed"],
  ])("%s, deletes nothing", async (_why, expected, keys, code) => {
    await expect(verifyOwnReceipt(known.receipt, expected, keys)).rejects.toMatchObject({ code });
  });
});

test.each(known.policies)("under a policy of $why", async ({ policy, code }) => {
  const outcome = readPolicy(policy).then((trusted) => verifyReceipt(known.receipt, trusted));
  if (code === null) expect((await outcome).proven.index).toBe(known.proven.index);
  else await expect(outcome).rejects.toMatchObject({ code });
});

describe("a phone without Ed25519", () => {
  test.each(["NotSupportedError", "SyntaxError"])("whose browser says %s still verifies", async (name) => {
    const native = vi.spyOn(crypto.subtle, "importKey").mockRejectedValue(new DOMException("no Ed25519", name));
    expect((await verifyOwnReceipt(known.receipt, own, pinned)).lines).toHaveLength(9);
    expect(native).toHaveBeenCalled();
    const wrong = known.forged.find((row) => row.code === "signature_wrong");
    await expect(verifyOwnReceipt(wrong?.receipt, own, pinned)).rejects.toMatchObject({ code: "signature_wrong" });
  });

  test("and one with it say the same of a signature, right, flipped or cut", async () => {
    const { publicKey } = await readVkey(known.log_key);
    const note = new TextDecoder().decode(readProof(known.receipt.proof).note);
    const text = utf8(note.slice(0, note.lastIndexOf("\n\n") + 1));
    const line = note.split("\n").find((one) => one.startsWith("— casquillo/")) ?? "";
    const signature = Uint8Array.from(atob(line.split(" ")[2] ?? ""), (c) => c.charCodeAt(0)).slice(4);
    const flipped = signature.slice();
    flipped[40]! ^= 1;
    for (const [given, right] of [
      [signature, true],
      [flipped, false],
      [signature.slice(0, 63), false],
    ] as const) {
      expect(await verified(publicKey, given, text)).toBe(right);
      expect(await inJavaScript(publicKey, given, text)).toBe(right);
    }
  });
});
