/** A newer build waits; it takes over when the officer says so, and never while something is being sent. */
class Update {
  waiting = $state(false);
  #apply: () => void = () => undefined;

  found(apply: () => void): void {
    this.#apply = apply;
    this.waiting = true;
  }

  apply(): void {
    this.#apply();
  }
}

export const update = new Update();
