import { codes as codes_en } from "../../../lib/words/en/codes";
import { codes as codes_es } from "../../../lib/words/es/codes";
import { spoken } from "../../words/index.svelte";
import { en } from "./en";
import { es } from "./es";

export const work = spoken<typeof es>({ es, en });

/** The wire's closed words, as the field app calls them. */
export const codes = spoken<typeof codes_es>({ es: codes_es, en: codes_en });

/** A closed word's name; the word itself when nobody named it. */
export function named(list: Record<string, string>, word: string | null | undefined): string {
  return word ? (list[word] ?? word) : "—";
}
