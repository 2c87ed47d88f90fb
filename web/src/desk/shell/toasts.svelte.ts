/** Short messages that pass by themselves; what must be read stands on the screen instead. */
export interface Toast {
  id: number;
  text: string;
  kind: "good" | "stop" | "note";
}

const STAYS_MS = 6_000;

class Toasts {
  all = $state.raw<Toast[]>([]);
  #next = 1;

  say(text: string, kind: Toast["kind"] = "good"): void {
    const id = this.#next++;
    this.all = [...this.all.slice(-2), { id, text, kind }];
    setTimeout(() => this.drop(id), STAYS_MS);
  }

  drop(id: number): void {
    this.all = this.all.filter((one) => one.id !== id);
  }
}

export const toasts = new Toasts();
