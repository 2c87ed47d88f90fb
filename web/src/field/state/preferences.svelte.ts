/** What the officer chose for this handset: screen, language, camera, sending. Not evidence; kept beside it. */
import { keepSetting, setting, type Store } from "../../lib/store";
import { type Theme, wear } from "../../lib/ui/theme";
import { type Language, words } from "../../lib/words/index.svelte";
import type { Capacity } from "../../lib/schema";

export type CameraWay = "system" | "page";

interface Chosen {
  theme: Theme;
  language: Language;
  wifiOnly: boolean;
  silent: boolean;
  camera: CameraWay;
  torch: boolean;
  capacity: Capacity;
  /** The last entity and municipality: an agency works in few. */
  entity: string | null;
  municipality: string | null;
}

const FIRST: Chosen = {
  theme: "dark",
  language: "es",
  wifiOnly: false,
  silent: true,
  camera: "system",
  torch: false,
  capacity: "first_responder",
  entity: null,
  municipality: null,
};

class Preferences {
  now = $state<Chosen>(FIRST);
  #store: Store | null = null;

  async open(store: Store): Promise<void> {
    this.#store = store;
    this.now = { ...FIRST, ...(await setting<Partial<Chosen>>(store, "preferences")) };
    wear(this.now.theme);
    await words.speak(this.now.language);
  }

  async choose(change: Partial<Chosen>): Promise<void> {
    this.now = { ...this.now, ...change };
    wear(this.now.theme);
    if (change.language) await words.speak(change.language);
    if (this.#store) await keepSetting(this.#store, "preferences", $state.snapshot(this.now));
  }
}

export const preferences = new Preferences();
