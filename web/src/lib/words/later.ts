/** The words of the later screens. They import `words` from here, so that the first load need not bring them. */
import { after } from "./es/after";
import { details } from "./es/details";
import { entry } from "./es/entry";
import { serial } from "./es/serial";
import { settings } from "./es/settings";
import { words } from "./index.svelte";

words.learn({ after, serial, settings, details, entry });

export { words };
