/** Seals that this handset has seen, so that one number on two bags is noticed at the scene. */
import type { Draft } from "../../lib/draft";
import { folioOf } from "../../lib/ids";
import { keepSetting, setting, type Store } from "../../lib/store";
import { normalise } from "../rules/serials";

type Seen = Record<string, string>;
const MOST = 2000;
const name = (deviceId: string): string => `seals:${deviceId}`;

/** The folio of the capture, or the label of the package, that has this seal already; null when it is new. */
export async function sealUsedIn(store: Store, draft: Draft, seal: string, packageId: string): Promise<string | null> {
  const key = normalise(seal);
  const here = draft.packages.find((one) => one.id !== packageId && one.seal && normalise(one.seal) === key);
  if (here) return here.label;
  const seen = (await setting<Seen>(store, name(draft.device_id))) ?? {};
  const folio = seen[key];
  return folio && folio !== (await folioOf(draft.capture_id)) ? folio : null;
}

/** Remembers a signed capture's seals. */
export async function rememberSeals(store: Store, draft: Draft): Promise<void> {
  const folio = await folioOf(draft.capture_id);
  const former = Object.entries((await setting<Seen>(store, name(draft.device_id))) ?? {});
  const added = draft.packages.flatMap((one) => (one.seal ? [[normalise(one.seal), folio] as const] : []));
  if (added.length) await keepSetting(store, name(draft.device_id), Object.fromEntries([...former, ...added].slice(-MOST)));
}
