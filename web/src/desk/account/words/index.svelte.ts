import { spoken } from "../../words/index.svelte";
import { en } from "./en";
import { es } from "./es";

export const words = spoken<typeof es>({ es, en });
