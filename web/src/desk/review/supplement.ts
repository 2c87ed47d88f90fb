/** The facts that a supervisor adds most, with the lists that help to write them (`evidence/domain/data/facts.json`). */
import { MAKES } from "../../field/rules/codes";

export interface FieldOf {
  name: string;
  scope: "item" | "capture";
  /** Kinds of item that have it; none named means all. */
  kinds?: readonly string[];
  list?: "make" | "importer" | "caliber" | "country" | "type";
  choices?: readonly string[];
  type?: "number" | "date" | "datetime-local";
}

const GUN = ["firearm"];
const TRI = ["yes", "no", "unknown"];

export const FIELDS: FieldOf[] = [
  { name: "firearm.make", scope: "item", kinds: GUN, list: "make" },
  { name: "firearm.model", scope: "item", kinds: GUN },
  { name: "firearm.type", scope: "item", kinds: GUN, list: "type" },
  { name: "firearm.caliber", scope: "item", kinds: GUN, list: "caliber" },
  { name: "firearm.country", scope: "item", kinds: GUN, list: "country" },
  { name: "firearm.importer", scope: "item", kinds: GUN, list: "importer" },
  { name: "firearm.markings", scope: "item", kinds: GUN },
  { name: "firearm.official_mark", scope: "item", kinds: GUN, choices: TRI },
  { name: "cartridge_case.caliber", scope: "item", kinds: ["cartridge_case"], list: "caliber" },
  { name: "cartridge_case.headstamp", scope: "item", kinds: ["cartridge_case"] },
  { name: "cartridge.caliber", scope: "item", kinds: ["cartridge"], list: "caliber" },
  { name: "bullet.caliber", scope: "item", kinds: ["bullet"], list: "caliber" },
  { name: "review.counted", scope: "item", type: "number" },
  { name: "review.sensitive", scope: "item", choices: ["yes", "no"] },
  { name: "legal.notice_sedena", scope: "item", kinds: GUN },
  { name: "legal.notice_sedena_date", scope: "item", kinds: GUN, type: "date" },
  { name: "recovery.carpeta", scope: "capture" },
  { name: "recovery.case_number", scope: "capture" },
  { name: "recovery.crime_code", scope: "capture" },
  { name: "recovery.priority", scope: "capture", choices: ["routine", "urgent"] },
  { name: "legal.prosecutor", scope: "capture" },
  { name: "legal.prosecutor_office", scope: "capture" },
  { name: "legal.order", scope: "capture" },
  { name: "legal.order_date", scope: "capture", type: "date" },
  { name: "legal.detained_at", scope: "capture", type: "datetime-local" },
  { name: "legal.detainee_hours", scope: "capture", choices: ["48", "72", "none"] },
];

/** Companies that are known for importing; their name on a gun is seldom its maker's. */
export const IMPORTERS = [
  "Century Arms",
  "Century International Arms",
  "Glock Inc. (Smyrna)",
  "FNH USA",
  "Interarms",
  "Taurus International",
  "Heckler & Koch Inc.",
  "Beretta USA",
  "SIG Sauer Inc.",
];

const country = (code: string, es: string, en: string) => ({ code, es, en });

export const COUNTRIES = [
  country("AT", "Austria", "Austria"),
  country("BE", "Bélgica", "Belgium"),
  country("BR", "Brasil", "Brazil"),
  country("CN", "China", "China"),
  country("CZ", "Chequia", "Czechia"),
  country("DE", "Alemania", "Germany"),
  country("ES", "España", "Spain"),
  country("IL", "Israel", "Israel"),
  country("IT", "Italia", "Italy"),
  country("MX", "México", "Mexico"),
  country("PL", "Polonia", "Poland"),
  country("RO", "Rumania", "Romania"),
  country("RS", "Serbia", "Serbia"),
  country("RU", "Rusia", "Russia"),
  country("TR", "Turquía", "Türkiye"),
  country("US", "EE. UU.", "United States"),
];

export const TYPES = [
  country("PI", "Pistola semiautomática", "Semi-automatic pistol"),
  country("PR", "Revólver", "Revolver"),
  country("RI", "Rifle semiautomático", "Semi-automatic rifle"),
  country("RB", "Rifle de cerrojo", "Bolt-action rifle"),
  country("SI", "Escopeta semiautomática", "Semi-automatic shotgun"),
  country("SP", "Escopeta de corredera", "Pump-action shotgun"),
  country("RA", "Rifle automático", "Automatic rifle"),
  country("RC", "Carabina", "Carbine"),
  country("MA", "Ametralladora", "Machine gun"),
];

const same = (one: string, other: string): boolean => one.toUpperCase() === other.toUpperCase();

/** What goes on the wire: codes where a list knows one, the text as typed beside it. */
export function valueOf(field: FieldOf, text: string, justification: string): unknown {
  if (field.name === "recovery.priority") return text === "urgent" ? { level: text, justification } : { level: text };
  if (field.name === "recovery.crime_code") return text.toUpperCase();
  if (field.type === "number") return Number(text);
  if (field.type === "datetime-local") return new Date(text).toISOString();
  if (!field.list) return text;
  const code = {
    make: () => MAKES.find((one) => same(one.name, text) || same(one.code, text))?.code,
    importer: () => MAKES.find((one) => same(one.name, text))?.code,
    caliber: () => undefined,
    country: () => COUNTRIES.find((one) => same(one.es, text) || same(one.en, text) || same(one.code, text))?.code,
    type: () => TYPES.find((one) => same(one.code, text.split(" ")[0] ?? ""))?.code,
  }[field.list]();
  return code ? { code, text } : { text };
}
