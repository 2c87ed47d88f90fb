/** The desk's words. An area keeps its own: `export const words = spoken<typeof es>({ es, en })`, read as `words.now`. */
import { en } from "./en";
import { es } from "./es";

export type Language = "es" | "en";

class Speech {
  language = $state<Language>("es");

  speak(language: Language): void {
    this.language = language;
    document.documentElement.lang = language;
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

export type ShellWords = typeof es;

export const shell = spoken<ShellWords>({ es, en });
