/** Keyboard: an area lists its keys while it is on the screen; the help reads the same list. */
import { untrack } from "svelte";

export interface Key {
  /** As `KeyboardEvent.key` names it, letters in lower case. */
  key: string;
  label: string;
  run: () => void;
  /** Shown instead of the key, where two keys do one thing. */
  shown?: string;
}

class Keys {
  #layers = $state.raw<(() => Key[])[]>([]);

  /** The keys of the topmost screen. */
  get now(): Key[] {
    return this.#layers.at(-1)?.() ?? [];
  }

  /** `keys` hold until the returned function is called; use it in `$effect`. */
  hold(keys: () => Key[]): () => void {
    // Untracked: the effect that holds them must not run again because another screen holds its own.
    untrack(() => (this.#layers = [...this.#layers, keys]));
    return () => untrack(() => (this.#layers = this.#layers.filter((one) => one !== keys)));
  }

  press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const wanted = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const found = this.now.find((one) => one.key === wanted);
    if (!found) return;
    event.preventDefault();
    found.run();
  }
}

/** Letters belong to the field that has the focus. */
export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "range"].includes(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

export const keys = new Keys();
