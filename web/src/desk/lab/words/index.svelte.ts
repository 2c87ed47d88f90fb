import { spoken } from "../../words/index.svelte";
import { en } from "./en";
import { es } from "./es";

export const lab = spoken<typeof es>({ es, en });
