import { spoken } from "../../lib/public/speech.svelte";
import { en } from "./en";
import { es } from "./es";

export const words = spoken({ es, en });
