/** The known answers that the service's own tests hold too; written by tests/unit/vectors/make.py. */
import { readFileSync } from "node:fs";

export function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../tests/unit/vectors/${name}.json`, import.meta.url), "utf-8")) as T;
}
