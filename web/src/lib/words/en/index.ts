import type { Words } from "../words";
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

export const en: Words = { common, texts, codes, capture, serial, after, home, settings, details, entry };
