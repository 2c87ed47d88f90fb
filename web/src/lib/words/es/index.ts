import { after } from "./after";
import { capture } from "./capture";
import { codes } from "./codes";
import { common } from "./common";
import { details } from "./details";
import { entry } from "./entry";
import { home } from "./home";
import { serial } from "./serial";
import { settings } from "./settings";
import { texts } from "./texts";

/** All of Spanish: what every other language is typed by. */
export const es = { common, texts, codes, capture, serial, after, home, settings, details, entry };
