import { problemWord } from "../shell/problems";

/** One answer of the service, and how it stands with it. */
export class Fetched<T> {
  data = $state.raw<T>();
  known = $state(false);
  failed = $state("");
  #ask: () => Promise<T>;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  async load(): Promise<void> {
    try {
      this.data = await this.#ask();
      this.known = true;
      this.failed = "";
    } catch (error) {
      this.failed = problemWord(error);
    }
  }
}
