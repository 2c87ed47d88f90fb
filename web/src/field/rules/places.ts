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

/**
 * The municipalities of an entity, by name. Empty where the list here has none for it: then the place is said in
 * words. The list is data, and grows without a change of code.
 */
export async function municipalitiesOf(entity: string): Promise<readonly Municipality[]> {
  const { default: all } = await import("./municipalities.json");
  const rows = (all as unknown as Record<string, Record<string, string>>)[entity] ?? {};
  const found = Object.entries(rows).map(([code, name]) => ({ code: entity + code, name }));
  return found.sort((one, other) => one.name.localeCompare(other.name, "es"));
}
