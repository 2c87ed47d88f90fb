import type { es } from "./es";

/** The shape of a language: Spanish is written first, and a word missing in another is a compile error. */
export type Words = typeof es;

export type Language = "es" | "en";
