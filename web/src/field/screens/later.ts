/** Every screen beside home and the capture, fetched when first opened and kept by the app for offline use. */
import type { Place } from "../state/app.svelte";

export const LATER: Partial<Record<Place["name"], () => Promise<unknown>>> = {
  ladder: () => import("./Ladder.svelte"),
  list: () => import("./List.svelte"),
  settings: () => import("./Settings.svelte"),
  users: () => import("./Users.svelte"),
  enrol: () => import("./Enrol.svelte"),
  join: () => import("./Join.svelte"),
  scene: () => import("./Scene.svelte"),
  returned: () => import("./Returned.svelte"),
  answer: () => import("./Answer.svelte"),
  notice: () => import("./Notice.svelte"),
  discard: () => import("./Discard.svelte"),
  amend: () => import("./Amend.svelte"),
  colleague: () => import("./Colleague.svelte"),
  passkey: () => import("./Passkey.svelte"),
  cosign: () => import("./Cosign.svelte"),
  took_part: () => import("./TookPart.svelte"),
  more: () => import("./More.svelte"),
};
