import table from "../../../evidence/domain/data/custody_words.json";
import type { components } from "./schema-types";

type Kind = keyof components["schemas"]["custody-details-1"];

/** Every kind of custody entry in words, one table for paper, desk and `/verify`; a kind without any does not compile. */
const WORDS: Record<Kind, { es: string; en: string }> = table;

/** The words of a kind; the kind itself where a newer service wrote one that this page does not know. */
export const custodyWord = (language: "es" | "en") => (kind: string) => WORDS[kind as Kind]?.[language] ?? kind;
