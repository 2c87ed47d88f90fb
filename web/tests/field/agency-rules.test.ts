/** What an agency demands: its own views in the order of the questions and in the meter, its numbers by their pattern. */
import { describe, expect, test } from "vitest";
import { bar, readiness } from "../../src/field/rules/meter";
import { stepFor, steps } from "../../src/field/rules/steps";
import type { Draft } from "../../src/lib/draft";
import { keepRules } from "../../src/lib/enrol";
import { startDraft } from "../../src/lib/drafts";
import { buildManifest } from "../../src/lib/manifest";
import { type AgencyRules, example, fits } from "../../src/lib/rules";
import { enrolled, newStore } from "../world";
import { counted, photo, withItem } from "./drafts";

const GUN = "item-1";
const RULES: AgencyRules = {
  version: "a".repeat(64),
  camera_mode: "either",
  required_views: { handgun: ["as_found_state", "other_number", "serial_oblique"], bullet: ["base", "side"] },
  numbering_pattern: {},
  make_safe_texts: {},
};
const handled = { make_safe: { state: "by_signer" as const }, serial: { status: "legible" as const, text: "QZX1", where: "frame" as const } };
const names = (draft: Draft) => steps(draft).map((one) => one.id);

describe("the views of the agency", () => {
  const plain = withItem(counted({ pistol: 1, bullet: 1 }), GUN, handled);
  const ruled: Draft = { ...plain, rules: RULES };

  test("are asked for once each, in their places, and the others stay", () => {
    const more = names(ruled).filter((one) => !names(plain).includes(one));
    expect(more).toEqual([
      `photo/${GUN}/as_found_state`,
      `photo/${GUN}/other_number`,
      `photo/${GUN}/serial_oblique`,
      "photo/bullet/base",
    ]);
    expect(names(ruled).filter((one) => names(plain).includes(one))).toEqual(names(plain));
    expect(new Set(names(ruled)).size).toBe(names(ruled).length);
    const order = names(ruled);
    expect(order.indexOf(`photo/${GUN}/as_found_state`)).toBeLessThan(order.indexOf(`safe/${GUN}`));
    expect(order.indexOf(`photo/${GUN}/serial_oblique`)).toBeGreaterThan(order.indexOf(`serial/${GUN}`));
  });

  test("missing, they are the officer's gap, keep nothing from being ready, and open their camera", () => {
    const gun = ruled.items[0];
    if (!gun) throw new Error("no gun");
    for (const destination of ["etrace", "ballistics"] as const) {
      const [before, after] = [readiness(destination, plain, gun), readiness(destination, ruled, gun)];
      expect(after.outlook).toBe(before.outlook);
      const asked = after.gaps.filter((one) => one.code === "agency_view_missing");
      expect(asked.map((one) => [one.field, one.who, one.severity])).toEqual([
        ["as_found_state", "officer", "recommended"],
        ["other_number", "officer", "recommended"],
        ["serial_oblique", "officer", "recommended"],
      ]);
      const fields = after.gaps.map((one) => one.field).filter((one) => one === "serial_oblique");
      expect(fields).toHaveLength(1);
      const shown = bar(destination, ruled)?.gaps.find((one) => one.field === "serial_oblique");
      expect(shown && stepFor(shown, ruled).id).toBe(`photo/${GUN}/serial_oblique`);
    }
    const taken: Draft = { ...ruled, media: [...ruled.media, photo("serial_oblique", [GUN])] };
    expect(readiness("etrace", taken, gun).gaps.some((one) => one.field === "serial_oblique")).toBe(false);
  });
});

test("the rules of the next capture are those last heard; a begun one keeps its own and signs their version", async () => {
  const store = await newStore();
  const row = await enrolled(store);
  const begin = () => startDraft(store, { device_id: row.device_id, capacity: "processing", step: "capacity" });
  const before = await begin();
  await keepRules(store, row.device_id, RULES);
  const after = await begin();
  expect([before.rules, after.rules?.version]).toEqual([undefined, RULES.version]);
  expect((await store.get("drafts", before.capture_id))?.rules).toBeUndefined();
  expect((await store.get("drafts", after.capture_id))?.rules).toEqual(RULES);
  const moment = { at: 0, offset: null, unlock: { method: "none" as const, at: null }, log_seen: null };
  expect(buildManifest(after, row, moment).agency_rules).toBe(RULES.version);
  expect("agency_rules" in buildManifest(before, row, moment)).toBe(false);
});

test.each([
  ["PEM-####/2026", "PEM-0042/2026", true],
  ["PEM-####/2026", " pem-0042/2026 ", true],
  ["PEM-####/2026", "PEM-42/2026", false],
  ["PEM-####/2026", "PEM-0042/20266", false],
  ["@-**", "Q-7K", true],
  ["@-**", "7-7K", false],
  ["#.#", "1x2", false],
  ["##", "\u0661\u0662", false],
  ["##", "", true],
])("by the pattern %s, %s is right: %s", (pattern, number, right) => {
  expect(fits(pattern, number)).toBe(right);
  expect(fits(pattern, example(pattern))).toBe(true);
});
