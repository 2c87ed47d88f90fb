// Writes the types of the API and of the signed documents from openapi/, so that neither can drift from the service.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const OPENAPI = new URL("../../openapi/", import.meta.url);
const LIB = new URL("../src/lib/", import.meta.url);
const NOTE = "// Generated from openapi/ by scripts/types.mjs; not kept in the repository.\n";

/** A copy of `schema` whose references point into one document, without its conditions: types can't say those. */
function moved(schema, own) {
  if (Array.isArray(schema)) return schema.map((one) => moved(one, own));
  if (schema === null || typeof schema !== "object") return schema;
  const out = {};
  for (const [name, value] of Object.entries(schema)) {
    if (name === "$ref") out.$ref = "#/components/schemas/" + value.replace(/^urn:casquillo:schema:/, "").replace(/^#/, `${own}#`).replace("#/$defs/", ".");
    else if (["$defs", "$id", "$schema", "if", "then", "else"].includes(name)) continue;
    else if (name === "allOf" && value.every((one) => "if" in one)) continue;
    else out[name] = moved(value, own);
  }
  return out;
}

function documentOfSchemas() {
  const schemas = {};
  for (const file of readdirSync(new URL("schemas/", OPENAPI)).filter((name) => name.endsWith(".json")).sort()) {
    const name = file.slice(0, -".json".length);
    const schema = JSON.parse(readFileSync(new URL(`schemas/${file}`, OPENAPI), "utf-8"));
    if (schema.type) schemas[name] = moved(schema, name);
    for (const [part, definition] of Object.entries(schema.$defs ?? {})) schemas[`${name}.${part}`] = moved(definition, name);
  }
  return { openapi: "3.1.0", info: { title: "Signed documents", version: "1" }, paths: {}, components: { schemas } };
}

async function write(name, source) {
  const types = astToString(await openapiTS(source, { silent: true }));
  writeFileSync(fileURLToPath(new URL(name, LIB)), NOTE + types);
}

await write("api-types.d.ts", new URL("openapi.json", OPENAPI));
await write("schema-types.d.ts", documentOfSchemas());
