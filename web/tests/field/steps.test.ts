/** The step machine: what is asked of which scene, in which order, and where a restart goes on. */
import { describe, expect, test } from "vitest";
import { leaveAlone } from "../../src/field/rules/facts";
import { blocks } from "../../src/field/rules/meter";
import { note, see } from "../../src/field/rules/notes";
import { pack, proposed, withDefaults } from "../../src/field/rules/packing";
import { isDone, nextStep, progress, resumeAt, step, stepBefore, stepFor, stepOf, steps } from "../../src/field/rules/steps";
import { explosiveOf } from "../../src/field/rules/things";
import type { Draft } from "../../src/lib/draft";
import { counted, emptyDraft, photo, withItem } from "./drafts";

const GUN = "item-1";
const BY_SIGNER = { make_safe: { state: "by_signer" as const } };
const READ = { serial: { status: "legible" as const, text: "QZX0158", where: "frame" as const } };
const ids = () => {
  let n = 0;
  return () => `id-${++n}`;
};
const names = (draft: Draft) => steps(draft).map((one) => one.id);

describe("the order of the questions", () => {
  test("a new capture asks in what capacity, then for the photo before anything is touched", () => {
    expect(names(emptyDraft())).toEqual(["capacity", "photo/scene/scene_overview", "count", "place", "sign"]);
  });

  test("a first responder says what is done with the items, and why they would be lost", () => {
    const recovery = { ...emptyDraft().recovery, first_response: { mode: "prioritised" as const } };
    const asked = names(emptyDraft({ capacity: "first_responder", recovery }));
    expect(asked.slice(0, 3)).toEqual(["capacity", "response", "response_why"]);
  });

  test("a pistol and five cases: untouched, then safe, then close, then packed", () => {
    const draft = withItem(withItem(counted({ pistol: 1, cartridge_case: 5 }), GUN, BY_SIGNER), GUN, READ);
    expect(names(withDefaults(draft, ids()))).toEqual([
      "capacity",
      "photo/scene/scene_overview",
      "count",
      `photo/${GUN}/in_situ`,
      `found/${GUN}`,
      `safe/${GUN}`,
      `condition/${GUN}`,
      `photo/${GUN}/left`,
      `photo/${GUN}/right`,
      `photo/${GUN}/serial_closeup`,
      `photo/${GUN}/maker_model_marking`,
      `serial/${GUN}`,
      `lookalikes/${GUN}`,
      `second/${GUN}`,
      `make/${GUN}`,
      `caliber/${GUN}`,
      "photo/cartridge_case/in_situ",
      "photo/cartridge_case/headstamp",
      "alike/cartridge_case",
      "caliber/cartridge_case",
      "packages",
      "seal/id-1",
      "seal/id-2",
      "place",
      "sign",
    ]);
  });

  test("nobody touches it: no photo that would need a hand, and the serial is not examined", () => {
    const draft = counted({ pistol: 1 });
    const left = { ...draft, items: draft.items.map((one) => leaveAlone(one, ["left", "serial_closeup"])) };
    expect(names(left)).toEqual(["capacity", "photo/scene/scene_overview", "count", `photo/${GUN}/in_situ`, `found/${GUN}`, `safe/${GUN}`, "packages", "place", "sign"]);
    expect(left.items[0]).toMatchObject({
      serial: { status: "not_examined" },
      missing_views: [{ view: "left", reason: "not_handled" }, { view: "serial_closeup", reason: "not_handled" }],
    });
    expect(blocks(left)).toEqual([]);
  });

  test("who only guards is asked for nothing that needs hands", () => {
    const recovery = { ...emptyDraft().recovery, first_response: { mode: "guard_only" as const } };
    const draft = counted({ pistol: 1, cartridge_case: 2 }, { capacity: "first_responder", recovery });
    const asked = names(draft);
    expect(asked).not.toContain("packages");
    expect(asked.some((one) => one.includes("serial") || one.includes("headstamp") || one.startsWith("safe"))).toBe(false);
  });

  test("an explosive ends the flow: called, one photo from afar, place, signature", () => {
    const draft = emptyDraft({ items: [explosiveOf("bomb", "1")] });
    expect(names(draft)).toEqual(["capacity", "photo/scene/scene_overview", "count", "explosive", "photo/bomb/in_situ", "place", "sign"]);
    expect(names({ ...draft, media: [photo("scene_overview", [])] })).not.toContain("photo/bomb/in_situ");
  });

  test("table mode asks once about safety, then side, serial photo and serial, gun after gun", () => {
    let draft = note(counted({ long_gun: 3 }), { table: true });
    expect(names(draft).filter((one) => one.startsWith("safe"))).toEqual(["safe/guns"]);
    for (const id of ["item-1", "item-2", "item-3"]) draft = withItem(draft, id, BY_SIGNER);
    expect(names(draft).filter((one) => one.includes("item-2"))).toEqual([
      "photo/item-2/left",
      "photo/item-2/serial_closeup",
      "serial/item-2",
    ]);
  });

  test("paper first: why, who, when and the sheet itself, and no photo at the scene", () => {
    const person = { name: "O-103" };
    const deferred = { reason: "no_phone" as const, written_by: person, written_at: null, typed_by: person };
    const asked = names(counted({ pistol: 1, cartridge_case: 1 }, { deferred }));
    expect(asked.slice(0, 4)).toEqual(["paper_why", "paper_who", "paper_when", "photo/scene/paper_form"]);
    expect(asked.filter((one) => one.startsWith("photo"))).toEqual(["photo/scene/paper_form"]);
  });

  test("a magazine is asked whether it was inside the gun; without a gun it is not", () => {
    expect(names(counted({ pistol: 1, magazine: 1 }))).toContain("found_in/magazine");
    expect(names(counted({ magazine: 1 }))).not.toContain("found_in/magazine");
  });

  test("a partial serial asks for a photo under another light", () => {
    const draft = withItem(withItem(counted({ pistol: 1 }), GUN, BY_SIGNER), GUN, { serial: { status: "partial", text: "Q?X0158" } });
    expect(names(draft)).toContain(`photo/${GUN}/serial_oblique`);
  });

  test("a second reading comes at once from a partner, and after the seals from the signer", () => {
    const draft = withItem(withItem(counted({ pistol: 1 }), GUN, BY_SIGNER), GUN, READ);
    const partner = names(note(draft, { second: { [GUN]: "partner" } }));
    const later = names(note(draft, { second: { [GUN]: "after_sealing" } }));
    expect(partner.indexOf(`second_read/${GUN}`)).toBe(partner.indexOf(`second/${GUN}`) + 1);
    expect(later.indexOf(`second_read/${GUN}`)).toBeGreaterThan(later.indexOf("packages"));
    expect(names(note(draft, { second: { [GUN]: "partner" }, partner: { [GUN]: "QZXO158" } }))).toContain(`differ/${GUN}`);
  });
});

describe("what comes next", () => {
  test("the next open question, and past the end the signature", () => {
    const draft = counted({ pistol: 1 });
    expect(nextStep(draft, "count").id).toBe(`photo/${GUN}/in_situ`);
    const all = steps(draft).reduce((made, one) => see(made, one.id), draft);
    expect(nextStep(all, `found/${GUN}`).id).toBe("sign");
  });

  test("a correction far back returns to where one was", () => {
    const seen = ["capacity", "count", `photo/${GUN}/in_situ`, `found/${GUN}`];
    const draft = note(counted({ pistol: 1 }), { seen });
    expect(nextStep(draft, "capacity").id).toBe(`safe/${GUN}`);
  });

  test("an overview that shows the numbers stands for the photos in place", () => {
    const draft = note(counted({ pistol: 1, cartridge_case: 2 }), { shared: true });
    expect(isDone(draft, step("photo", GUN, "in_situ"))).toBe(true);
    expect(isDone(draft, step("photo", "cartridge_case", "in_situ"))).toBe(true);
    expect(isDone(draft, step("photo", "cartridge_case", "headstamp"))).toBe(false);
  });

  test("a photo is done when it is there, and a row's when it shows every one of the row", () => {
    const draft = counted({ cartridge_case: 2 });
    const row = step("photo", "cartridge_case", "headstamp");
    expect(isDone({ ...draft, media: [photo("headstamp", ["item-1"])] }, row)).toBe(false);
    expect(isDone({ ...draft, media: [photo("headstamp", ["item-1", "item-2"])] }, row)).toBe(true);
  });

  test("back goes one question back, and from the first one out", () => {
    const draft = counted({ pistol: 1 });
    expect(stepBefore(draft, "count")?.id).toBe("photo/scene/scene_overview");
    expect(stepBefore(draft, "capacity")).toBeNull();
    expect(stepBefore(draft, `importer/${GUN}`)?.id).toBe("sign");
  });

  test("a restart shows the very step", () => {
    const at = `photo/${GUN}/serial_closeup`;
    const resumed = resumeAt(counted({ pistol: 1 }, { step: at }));
    expect(resumed).toEqual({ id: at, kind: "photo", about: GUN, view: "serial_closeup" });
    expect(stepOf("capacity")).toEqual(step("capacity"));
  });

  test("an amendment goes from each change back to its list", () => {
    const amends = { capture_id: "c", sha256: "0".repeat(64) };
    const draft = counted({ pistol: 1 }, { amends, step: `serial/${GUN}` });
    expect(nextStep(draft, `serial/${GUN}`).id).toBe("amend");
    expect(stepBefore(draft, "amend")).toBeNull();
  });

  test("the importer's photo leads back to the question about the importer", () => {
    expect(nextStep(counted({ pistol: 1 }), `photo/${GUN}/importer_country_marking`).id).toBe(`importer/${GUN}`);
  });

  test("progress counts questions, not the signature", () => {
    expect(progress(counted({ pistol: 1 }))).toEqual({ done: 3, all: 8 });
  });

  test.each([
    ["view_missing", "left", `photo/${GUN}/left`],
    ["view_missing", "package_sealed", "photo/packages/package_sealed"],
    ["seal_missing", "package", "packages"],
    ["make_missing", "5c", `make/${GUN}`],
    ["caliber_missing", "5e", `caliber/${GUN}`],
    ["importer_missing", "5h", `importer/${GUN}`],
    ["serial_not_found", "5a", `serial/${GUN}`],
  ])("the gap %s %s opens the screen that closes it", (code, field, id) => {
    const draft = counted({ pistol: 1 });
    const item = draft.items[0];
    if (!item) throw new Error("no item");
    expect(stepFor({ code, field, item }, draft).id).toBe(id);
  });
});

describe("packing", () => {
  test("a gun in a box, cases in one bag with an envelope each, rounds and magazine apart", () => {
    const draft = withItem(counted({ pistol: 1, cartridge_case: 2, cartridge: 1, magazine: 1 }), GUN, BY_SIGNER);
    expect(proposed(draft, ids()).map(({ label, kind, inner, item_ids }) => [label, kind, inner, item_ids.length])).toEqual([
      ["A", "box", undefined, 1],
      ["B", "bag", "envelope", 2],
      ["C", "bag", undefined, 1],
      ["D", "bag", undefined, 1],
    ]);
  });

  test("a gun that is stated as loaded is not packed", () => {
    const loaded = withItem(counted({ pistol: 1 }), GUN, { make_safe: { state: "by_signer", condition: "loaded" } });
    const chambered = withItem(counted({ pistol: 1 }), GUN, { ...BY_SIGNER, as_found: { chambered: "yes" } });
    expect(proposed(loaded, ids())).toEqual([]);
    expect(proposed(chambered, ids())).toEqual([]);
  });

  test("the proposal keeps ids while it changes, and leaves alone what was changed by hand", () => {
    const draft = withItem(counted({ pistol: 1 }), GUN, BY_SIGNER);
    const first = withDefaults(draft, ids());
    expect(withDefaults(first, ids()).packages[0]?.id).toBe(first.packages[0]?.id);
    const changed = see({ ...first, packages: [] }, "packages");
    expect(withDefaults(changed, ids()).packages).toEqual([]);
  });

  test("an item is in one package at a time", () => {
    const draft = withItem(counted({ pistol: 1, cartridge_case: 1 }), GUN, BY_SIGNER);
    const [box, bag] = proposed(draft, ids());
    if (!box || !bag) throw new Error("two packages");
    expect(pack([box, bag], GUN, bag.id).map((one) => one.item_ids)).toEqual([[], ["item-2", GUN]]);
  });
});

test("only four things keep one from signing", () => {
  expect(blocks(emptyDraft()).map((one) => one.why)).toEqual(["no_items", "no_media"]);
  expect(blocks(counted({ pistol: 1 })).map((one) => one.why)).toEqual(["no_serial"]);
  expect(blocks({ ...counted({ cartridge_case: 1 }), media: [], no_media: { reason: "unsafe" } })).toEqual([]);
});
