import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("the lock names no registry", () => {
  const lock = readFileSync(new URL("../package-lock.json", import.meta.url), "utf-8");
  expect(lock).not.toContain('"resolved"');
});

test("the build's name has the form that a manifest asks for", () => {
  expect(__BUILD__).toMatch(/^[A-Za-z0-9._+-]{1,64}$/);
});
