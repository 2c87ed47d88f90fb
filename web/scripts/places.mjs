// Writes the municipalities of each federal entity, one file each, from the package that requirements/places.txt names.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PACKAGE = new URL("../node_modules/.places/", import.meta.url);
const SOURCE = new URL("mcp_inegi/data/municipios.json", PACKAGE);
const PLACES = new URL("../src/field/places/", import.meta.url);
const ENTITIES = 32;
const LEAST = 2400; // a shorter list is a broken one

if (!existsSync(SOURCE)) {
  process.stderr.write("The list of municipalities is missing: run make web, which brings it.\n");
  process.exit(1);
}

const all = JSON.parse(readFileSync(SOURCE, "utf-8"));
const byEntity = {};
for (const [code, name] of Object.entries(all)) {
  if (!/^[0-9]{5}$/.test(code) || typeof name !== "string" || !name.trim()) throw new Error(`no municipality: ${code}`);
  (byEntity[code.slice(0, 2)] ??= {})[code.slice(2)] = name.normalize("NFC").trim();
}
if (Object.keys(byEntity).length !== ENTITIES || Object.keys(all).length < LEAST) throw new Error("the list is not whole");

mkdirSync(PLACES, { recursive: true });
for (const [entity, names] of Object.entries(byEntity)) writeFileSync(new URL(`${entity}.json`, PLACES), `${JSON.stringify(names)}\n`);

const [about] = readdirSync(PACKAGE).filter((name) => name.endsWith(".dist-info"));
const license = fileURLToPath(new URL(`${about}/licenses/LICENSE`, PACKAGE));
cpSync(license, new URL("LICENSE.txt", PLACES));
