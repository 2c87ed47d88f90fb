/** Language and ground of the two public pages. A page keeps its own words: `const words = spoken({ es, en })`. */
import { type Theme, wear } from "../ui/theme";

export type Language = "es" | "en";
export type PublicTheme = Exclude<Theme, "night">;

const LANGUAGE = "public.language";
const THEME = "public.theme";

class Speech {
  language = $state<Language>("es");
  theme = $state<PublicTheme>("sun");

  /** What was chosen last on this browser; else what the browser asks for. */
  begin(): void {
    const language = localStorage.getItem(LANGUAGE) ?? navigator.language.slice(0, 2);
    this.speak(language === "en" ? "en" : "es");
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    this.wear((localStorage.getItem(THEME) ?? (dark ? "dark" : "sun")) === "dark" ? "dark" : "sun");
  }

  speak(language: Language): void {
    this.language = language;
    document.documentElement.lang = language;
    localStorage.setItem(LANGUAGE, language);
  }

  wear(theme: PublicTheme): void {
    this.theme = theme;
    wear(theme);
    localStorage.setItem(THEME, theme);
  }
}

export const speech = new Speech();

export interface Spoken<T> {
  readonly now: T;
}

/** Both languages of one shape: Spanish is written first, and a word missing in English is a compile error. */
export function spoken<T>(both: Record<Language, T>): Spoken<T> {
  return {
    get now() {
      return both[speech.language];
    },
  };
}
