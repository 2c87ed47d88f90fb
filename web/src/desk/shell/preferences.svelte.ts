/** Language and theme of this browser. Nothing of a case is ever kept here. */
import { type Theme, wear } from "../../lib/ui/theme";
import { type Language, speech } from "../words/index.svelte";

export type DeskTheme = Exclude<Theme, "night">;

const THEME = "desk.theme";
const LANGUAGE = "desk.language";

class Preferences {
  theme = $state<DeskTheme>("dark");

  wear(theme: DeskTheme): void {
    this.theme = theme;
    wear(theme);
    localStorage.setItem(THEME, theme);
  }

  speak(language: Language): void {
    speech.speak(language);
    localStorage.setItem(LANGUAGE, language);
  }
}

export const preferences = new Preferences();

/** Puts on what was chosen last; Spanish and dark at first. */
export function wearChosen(): void {
  preferences.theme = localStorage.getItem(THEME) === "sun" ? "sun" : "dark";
  wear(preferences.theme);
  speech.speak(localStorage.getItem(LANGUAGE) === "en" ? "en" : "es");
}
