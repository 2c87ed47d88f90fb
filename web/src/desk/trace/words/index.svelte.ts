import { spoken } from "../../words/index.svelte";
import { en } from "./en";
import { es } from "./es";

export const trace = spoken<typeof es>({ es, en });
