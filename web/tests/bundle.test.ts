import { describe, expect, test } from "vitest";
import { fromBase64 } from "../src/lib/bytes";
import { readPolicy } from "../src/lib/log/policy";
import type { Receipt } from "../src/lib/schema";
import { checkBundle } from "../src/verify/check/bundle";
import { checkReceipt } from "../src/verify/check/receipt";
import { openZip } from "../src/verify/check/zip";
import { en } from "../src/verify/words/en";
import { es } from "../src/verify/words/es";
import { vectors } from "./vectors";

interface Bundles {
  policy: string;
  whole: string;
  withheld: string;
  altered: { why: string; code: keyof typeof es.faults; zip: string }[];
}

const known = vectors<Bundles>("bundles");
const source = (zip: string) => openZip(new Blob([fromBase64(zip)]), "bundle.zip");
const trusted = () => readPolicy(known.policy);

test("a whole bundle holds, by the policy from outside or by its own", async () => {
  const report = await checkBundle(await source(known.whole), await trusted());
  expect(report.folio).toBe("K7QD-39MX-WHT");
  expect([report.entries.length, report.originals.length, report.signed.length]).toEqual([5, 2, 2]);
  expect([report.log_size, report.own_policy]).toEqual([7, false]);
  expect((await checkBundle(await source(known.whole), null)).own_policy).toBe(true);
});

test("what was withheld is said, and the rest holds", async () => {
  const report = await checkBundle(await source(known.withheld), await trusted());
  expect(report.entries.filter((one) => !one.open).map((one) => one.kind)).toEqual(["decision.made"]);
});

test("every byte is counted", async () => {
  const counts: [number, number][] = [];
  await checkBundle(await source(known.whole), null, (done, total) => counts.push([done, total]));
  const [done, total] = counts.at(-1) ?? [0, 1];
  expect(done).toBe(total);
});

test.each(known.altered)("$why: $code, with a sentence in both languages", async ({ code, zip }) => {
  await expect(source(zip).then(async (opened) => checkBundle(opened, await trusted()))).rejects.toMatchObject({ code });
  expect(es.faults[code]).toBeTruthy();
  expect(en.faults[code]).toBeTruthy();
});

describe("a zip", () => {
  const whole = fromBase64(known.whole);

  test.each([
    ["that is none", new Blob(["not a zip at all, but a text that is long enough"])],
    ["that is empty", new Blob([])],
    ["without its end", new Blob([whole.slice(0, whole.length - 30)])],
    ["without its beginning", new Blob([whole.slice(500)])],
  ])("%s is refused", async (_why, file) => {
    await expect(openZip(file, "x").then((opened) => checkBundle(opened, null))).rejects.toMatchObject({ name: "Error" });
  });

  test("with any one byte changed never passes as whole, unless the byte says nothing", async () => {
    let unheard = 0;
    for (let at = 0; at < whole.length; at += 97) {
      const copy = whole.slice();
      copy[at] = (copy[at] ?? 0) ^ 0x04;
      const outcome = openZip(new Blob([copy]), "x").then(async (opened) => checkBundle(opened, await trusted()));
      unheard += await outcome.then(
        (report) => (report.folio === "K7QD-39MX-WHT" ? 1 : 1000),
        () => 0,
      );
    }
    // CRCs, dates and the like in the zip's own headers: nothing that the bag holds.
    expect(unheard).toBeLessThan(whole.length / 97 / 2);
  });
});

interface Receipts {
  receipt: Receipt;
  policies: { why: string; policy: string; code: string | null }[];
  forged: { why: string; receipt: unknown }[];
}

describe("a receipt", () => {
  const { receipt, policies, forged } = vectors<Receipts>("receipts");
  const accepting = policies.find((one) => one.code === null)?.policy ?? "";

  test("holds by a policy, and says its folio", async () => {
    const report = await checkReceipt(receipt, await readPolicy(accepting));
    expect(report.vouched).toBe(true);
    expect(report.folio).toMatch(/^[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{3}$/);
    expect(report.lines).toHaveLength(9);
  });

  test("without a policy agrees with itself, and nobody vouches for it", async () => {
    expect((await checkReceipt(receipt, null)).vouched).toBe(false);
  });

  test.each(forged)("is refused: $why", async ({ receipt: one }) => {
    await expect(readPolicy(accepting).then((policy) => checkReceipt(one, policy))).rejects.toHaveProperty("code");
  });
});
