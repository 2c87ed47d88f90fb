import { spoken } from "../../words/index.svelte";
import { en } from "./en";
import { es } from "./es";

export type ReviewWords = typeof es;

export const words = spoken<ReviewWords>({ es, en });
