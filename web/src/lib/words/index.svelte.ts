import { es } from "./es";
import type { Language, Words } from "./words";

export type { Language, Words } from "./words";

/** The words of the chosen language; English is fetched when first asked for, Spanish is always there. */
class Speech {
  #now = $state.raw<Words>(es);
  language = $state<Language>("es");

  get common() {
    return this.#now.common;
  }
  get texts() {
    return this.#now.texts;
  }
  get codes() {
    return this.#now.codes;
  }
  get capture() {
    return this.#now.capture;
  }
  get serial() {
    return this.#now.serial;
  }
  get after() {
    return this.#now.after;
  }
  get home() {
    return this.#now.home;
  }
  get settings() {
    return this.#now.settings;
  }

  async speak(language: Language): Promise<void> {
    this.#now = language === "en" ? (await import("./en")).en : es;
    this.language = language;
    document.documentElement.lang = language;
  }
}

export const words = new Speech();
