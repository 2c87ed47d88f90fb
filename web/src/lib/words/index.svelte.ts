import { capture } from "./es/capture";
import { codes } from "./es/codes";
import { common } from "./es/common";
import { home } from "./es/home";
import { texts } from "./es/texts";
import type { Language, Words } from "./words";

export type { Language, Words } from "./words";

/** Spanish that the first screens need; the rest is taught by `later.ts`, which the later screens import. */
const FIRST = { common, texts, codes, capture, home };

/** The words of the chosen language. Spanish is always there; English is fetched whole when first asked for. */
class Speech {
  #spanish = $state.raw<Partial<Words>>(FIRST);
  #english = $state.raw<Words | null>(null);
  language = $state<Language>("es");

  #part<K extends keyof Words>(name: K): Words[K] {
    const now = this.language === "en" && this.#english ? this.#english : this.#spanish;
    return now[name] as Words[K];
  }

  get common() {
    return this.#part("common");
  }
  get texts() {
    return this.#part("texts");
  }
  get codes() {
    return this.#part("codes");
  }
  get capture() {
    return this.#part("capture");
  }
  get home() {
    return this.#part("home");
  }
  /** Only for modules that import `words` from `later.ts`. */
  get serial() {
    return this.#part("serial");
  }
  get after() {
    return this.#part("after");
  }
  get settings() {
    return this.#part("settings");
  }

  get details() {
    return this.#part("details");
  }
  get entry() {
    return this.#part("entry");
  }

  learn(part: Omit<Words, keyof typeof FIRST>): void {
    this.#spanish = { ...this.#spanish, ...part };
  }

  async speak(language: Language): Promise<void> {
    if (language === "en") this.#english = (await import("./en")).en;
    this.language = language;
    document.documentElement.lang = language;
  }
}

export const words = new Speech();
