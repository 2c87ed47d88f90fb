import { expect, test } from "vitest";
import { ENTITIES, municipalitiesOf } from "../../src/field/rules/places";

const ALL = 2478; // with the newest of 2022, San Felipe in Baja California

test("every municipality of every entity is there, once, under its own entity, by name", async () => {
  const lists = await Promise.all(ENTITIES.map(async ({ code }) => [code, await municipalitiesOf(code)] as const));
  const codes = lists.flatMap(([entity, list]) => {
    expect(list.length).toBeGreaterThan(0);
    expect(list.every((one) => new RegExp(`^${entity}[0-9]{3}$`).test(one.code) && one.name)).toBe(true);
    return list.map((one) => one.code);
  });
  expect(codes.length).toBe(ALL);
  expect(new Set(codes).size).toBe(ALL);
});

test("a list is sorted as Spanish sorts, and an unknown entity has none", async () => {
  const names = (await municipalitiesOf("05")).map((one) => one.name);
  expect(names.indexOf("Múzquiz")).toBeLessThan(names.indexOf("Nadadores"));
  expect(names).toContain("Saltillo");
  expect(await municipalitiesOf("99")).toEqual([]);
});
