/** What can be said of the design without looking: contrast of every pair of colours, and both languages whole. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SHAKEN, sharpness } from "../../src/field/picture/sharpness";
import { isWeakPin, readCode } from "../../src/field/rules/enrolling";
import { en } from "../../src/lib/words/en";
import { es } from "../../src/lib/words/es";

const css = readFileSync(new URL("../../src/lib/ui/tokens.css", import.meta.url), "utf-8");

function colours(theme: string): Record<string, string> {
  const block = css.split(`:root[data-theme="${theme}"] {`)[1]?.split("}")[0] ?? "";
  return Object.fromEntries([...block.matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]));
}

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

describe.each(["dark", "night", "sun"])("the theme %s", (theme) => {
  const of = colours(theme);
  const texts = ["text", "quiet", "good", "warn", "stop", "note", "action"];
  const pairs: [string, string][] = [
    ...["ground", "raised", "raised-2"].flatMap((under) => texts.map((over): [string, string] => [over, under])),
    ["on-button", "button"],
    ["on-action", "action"],
    ["ground", "good"],
  ];

  test.each(pairs)(
    "%s on %s is at least 7 to 1",
    (over, under) => {
      expect(contrast(of[over] ?? "", of[under] ?? "")).toBeGreaterThanOrEqual(7);
    },
  );
});

function leaves(words: object, path = ""): [string, unknown][] {
  return Object.entries(words).flatMap(([name, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? leaves(value as object, `${path}${name}.`)
      : [[path + name, value] as [string, unknown]],
  );
}

describe("words", () => {
  const spanish = leaves(es);
  const english = new Map(leaves(en));

  test("no word is empty, in either language", () => {
    for (const [name, value] of [...spanish, ...english]) if (typeof value === "string") expect([name, value.trim()]).not.toEqual([name, ""]);
  });

  test("English says each thing with as many facts as Spanish", () => {
    for (const [name, value] of spanish) {
      const other = english.get(name);
      expect([name, typeof other]).toEqual([name, typeof value]);
      if (typeof value === "function") expect([name, (other as Function).length]).toEqual([name, value.length]);
    }
  });

  test("the officer is never told of errors, rejections or numbers of errors", () => {
    for (const [name, value] of spanish) {
      const text = typeof value === "function" ? String((value as (...all: unknown[]) => string)("x", "x", "x")) : String(value);
      expect([name, /\berror\b|rechazad/i.test(text)]).toEqual([name, false]);
    }
  });
});

describe("a shaken photo", () => {
  const SIDE = 64;
  const picture = (value: (x: number, y: number) => number) => {
    const rgba = new Uint8ClampedArray(SIDE * SIDE * 4);
    for (let n = 0; n < SIDE * SIDE; n++) rgba.fill(value(n % SIDE, Math.floor(n / SIDE)), 4 * n, 4 * n + 4);
    return sharpness(rgba, SIDE, SIDE);
  };

  test("edges are sharp, a slow change of light is not", () => {
    expect(picture((x) => (x % 8 < 4 ? 40 : 200))).toBeGreaterThan(SHAKEN);
    expect(picture((x) => 100 + 60 * Math.sin(x / 12))).toBeLessThan(SHAKEN);
  });
});

describe("enrolling", () => {
  test.each(["000000", "123456", "987654", "121212", "123123"])("%s is a PIN that anybody would try", (pin) => {
    expect(isWeakPin(pin)).toBe(true);
  });

  test.each(["483920", "112358", "907351"])("%s will do", (pin) => {
    expect(isWeakPin(pin)).toBe(false);
  });

  test("a code comes bare or in the administrator's QR", () => {
    expect(readCode("casquillo-enrol:Ab-12_34")).toBe("Ab-12_34");
    expect(readCode(" AB1234 ")).toBe("AB1234");
    expect(readCode("https://example.invalid/x")).toBeNull();
  });
});
