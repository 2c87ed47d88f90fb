/** Where: the 32 federal entities by INEGI code, and the municipalities of one, fetched once and kept by the app. */
export interface Entity {
  code: string;
  name: string;
}

const NAMES = [
  "Aguascalientes",
  "Baja California",
  "Baja California Sur",
  "Campeche",
  "Coahuila de Zaragoza",
  "Colima",
  "Chiapas",
  "Chihuahua",
  "Ciudad de México",
  "Durango",
  "Guanajuato",
  "Guerrero",
  "Hidalgo",
  "Jalisco",
  "México",
  "Michoacán de Ocampo",
  "Morelos",
  "Nayarit",
  "Nuevo León",
  "Oaxaca",
  "Puebla",
  "Querétaro",
  "Quintana Roo",
  "San Luis Potosí",
  "Sinaloa",
  "Sonora",
  "Tabasco",
  "Tamaulipas",
  "Tlaxcala",
  "Veracruz de Ignacio de la Llave",
  "Yucatán",
  "Zacatecas",
];

export const ENTITIES: readonly Entity[] = NAMES.map((name, n) => ({ code: String(n + 1).padStart(2, "0"), name }));

export interface Municipality {
  /** Five digits, entity first. */
  code: string;
  name: string;
}

type Names = Record<string, string>;
// One file an entity, written at the build from the package that requirements/places.txt names.
const LISTS = import.meta.glob<Names>("../places/*.json", { import: "default" });

/** The municipalities of an entity, by name. Empty where its list isn't there: then the place is said in words. */
export async function municipalitiesOf(entity: string): Promise<readonly Municipality[]> {
  const rows = await LISTS[`../places/${entity}.json`]?.();
  const found = Object.entries(rows ?? {}).map(([code, name]) => ({ code: entity + code, name }));
  return found.sort((one, other) => one.name.localeCompare(other.name, "es"));
}
