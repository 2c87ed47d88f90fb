/** Numbers of items: given at once, kept by their items, never the same on two phones. */
import { describe, expect, test } from "vitest";
import {
  FIRST_BLOCK,
  nextBlock,
  numbersOf,
  readScene,
  recount,
  sceneText,
  tallyOf,
  type Tally,
} from "../../src/field/rules/numbering";
import { runs } from "../../src/lib/runs";
import { THINGS } from "../../src/field/rules/things";
import type { Item } from "../../src/lib/schema";

const SCENE = "01900000-0000-7000-8000-0000000000ff";
const tally = (some: Partial<Tally>): Tally => ({ ...(Object.fromEntries(THINGS.map((one) => [one, 0])) as Tally), ...some });
const ids = () => {
  let n = 0;
  return () => `id-${++n}`;
};

describe("counting", () => {
  test("a pistol and five cases are 1 and 2 to 6", () => {
    const items = recount([], tally({ pistol: 1, cartridge_case: 5 }), 1, ids());
    expect(items.map((one) => one.number)).toEqual(["1", "2", "3", "4", "5", "6"]);
    expect(items[0]).toMatchObject({ kind: "firearm", firearm: { form: "pistol" }, requests: ["etrace", "ballistics"] });
    expect(items[1]).toMatchObject({ kind: "cartridge_case", requests: ["ballistics"], quantity: { n: 1, exact: true } });
    expect(tallyOf(items)).toEqual(tally({ pistol: 1, cartridge_case: 5 }));
  });

  test("what is there keeps its id and facts when something is added before it", () => {
    const newId = ids();
    const [first] = recount([], tally({ cartridge_case: 1 }), 1, newId) as [Item];
    const stated = { ...first, cartridge_case: { headstamp: "FC" } };
    const items = recount([stated], tally({ pistol: 1, cartridge_case: 2 }), 1, newId);
    expect(items[1]).toEqual({ ...stated, number: "2" });
    expect(new Set(items.map((one) => one.id)).size).toBe(3);
  });

  test("the last of a thing goes first, and nothing stays inside what is gone", () => {
    const newId = ids();
    const [gun, magazine] = recount([], tally({ pistol: 1, magazine: 1 }), 1, newId) as [Item, Item];
    const inside = [gun, { ...magazine, found_in: gun.id }];
    expect(recount(inside, tally({ magazine: 1 }), 1, newId)).toEqual([{ ...magazine, number: "1", found_in: null }]);
  });

  test("numbers begin where the phone's block begins", () => {
    expect(numbersOf(tally({ pistol: 2, bullet: 1 }), 50)).toMatchObject({ pistol: ["50", "51"], bullet: ["52"] });
  });
});

test("numbers in a row are said as a range", () => {
  expect(runs(["1", "3", "4", "5", "9"])).toEqual([["1"], ["3", "5"], ["9"]]);
  expect(runs(["7 A", "7 B"])).toEqual([["7 A"], ["7 B"]]);
  expect(runs([])).toEqual([]);
});

describe("joining a scene", () => {
  test("each phone's block follows the one before", () => {
    const second = nextBlock(FIRST_BLOCK);
    expect(second).toEqual({ first: 50, last: 99 });
    expect(nextBlock(second)).toEqual({ first: 100, last: 149 });
  });

  test("the QR brings scene and block", () => {
    expect(readScene(sceneText(SCENE, { first: 50, last: 99 }))).toEqual({ sceneId: SCENE, block: { first: 50, last: 99 } });
  });

  test.each(["", "A-004417", `casquillo-scene:${SCENE}:99-50`, `casquillo-scene:${SCENE}:0-9`, "casquillo-scene:x:1-49"])(
    "%s is no scene",
    (text) => expect(readScene(text)).toBeNull(),
  );
});
