/** The rules that the phone repeats say what the service's own say, by vectors that both sides read. */
import { describe, expect, test } from "vitest";
import { CALIBERS, countryOfMake, MAKES } from "../../src/field/rules/codes";
import { readiness, type Subject } from "../../src/field/rules/meter";
import { differing, isLicenseeForm, lookalikes, normalise, readingsAgree, replaceAt } from "../../src/field/rules/serials";
import { askedViews, VIEWS } from "../../src/field/rules/views";
import type { Item } from "../../src/lib/schema";
import codes from "../../../tests/unit/vectors/codes.json";
import meters from "../../../tests/unit/vectors/readiness.json";
import serials from "../../../tests/unit/vectors/serials.json";

describe("serials", () => {
  test.each(serials.texts)("$text is read as the service reads it", ({ text, normalised, lookalikes: alike, licensee }) => {
    expect(normalise(text)).toBe(normalised);
    expect(lookalikes(text)).toEqual(alike);
    expect(isLicenseeForm(text)).toBe(licensee);
  });

  test.each(serials.pairs)("$one against $other", ({ one, other, differing: places, agree }) => {
    expect(differing(one, other)).toEqual(places);
    expect(readingsAgree(one, other)).toBe(agree);
  });

  test("a character is replaced by its place among letters and digits, separators stay", () => {
    expect(replaceAt("QZX-0158", 3, "O")).toBe("QZX-O158");
    expect(replaceAt("A?1", 1, "7")).toBe("A71");
    expect(replaceAt("AB", 5, "7")).toBe("AB");
  });
});

describe("the meter", () => {
  const base = meters.base as unknown as Omit<Subject, "items">;

  test.each(meters.cases)("$why", ({ item, differs, meters: expected, asked }) => {
    const thing = item as unknown as Item;
    const subject = { ...base, ...(differs as Partial<Subject>), items: [thing] } as Subject;
    for (const destination of ["etrace", "ballistics"] as const) {
      const { outlook, reason, gaps } = readiness(destination, subject, thing);
      const plain = gaps.map((gap) => [gap.code, gap.field, gap.who, gap.severity]);
      const wanted = expected[destination];
      expect({ destination, outlook, reason }).toEqual({ destination, outlook: wanted.outlook, reason: wanted.reason });
      expect([...plain].sort()).toEqual([...wanted.gaps].sort());
      expect(plain.map((gap) => gap[2])).toEqual(wanted.gaps.map((gap) => gap[2]));
    }
    expect(Object.fromEntries(askedViews(thing))).toEqual(asked);
  });
});

describe("the phone's short lists", () => {
  test("every make is the service's, with its country", () => {
    const known = codes.makes as Record<string, string | null>;
    for (const make of MAKES) expect([make.code, make.country]).toEqual([make.code, known[make.code]]);
    expect(countryOfMake("glock")).toBe("AT");
    expect(countryOfMake("Nobody's")).toBeNull();
  });

  test("every caliber is the service's", () => {
    for (const { id } of CALIBERS) expect(codes.calibers).toContain(id);
  });

  test("the table of views is the service's", () => {
    const mine = VIEWS.map(({ view, ask, etrace, ballistics, scale }) => ({ view, ask, etrace, ballistics, scale: !!scale }));
    expect(mine).toEqual(codes.views);
  });
});
