/** Out to an organisation's own sign-in and back: the page is left, so what must be known on return is kept in this tab. */
import type { WhoAmI } from "../../lib/session";

const KEPT = "desk.trip";

interface Trip {
  /** Who was signed in when they left, and where; on the way to a first sign-in, nobody. */
  person: string | null;
  hash: string;
  carried: Record<string, unknown>;
}

/** What the provider put behind the desk's address: a code, or the word with which it refused (RFC 6749, 4.1.2). */
export interface Arrival {
  state: string;
  code: string;
  refused: string;
}

const carriers = new Map<string, () => unknown>();
let brought: Record<string, unknown> = {};

/** Names what is written down when the page is left: facts of a screen, never of a case. */
export function carry(name: string, write: () => unknown): void {
  carriers.set(name, write);
}

/** What was written down under that name, when the same person has come back; once. */
export function unpack(name: string): unknown {
  const found = brought[name];
  delete brought[name];
  return found;
}

export function depart(url: string, who: WhoAmI | null): void {
  const carried = Object.fromEntries([...carriers].map(([name, write]) => [name, write()]));
  const trip: Trip = { person: who?.person_id ?? null, hash: location.hash, carried };
  sessionStorage.setItem(KEPT, JSON.stringify(trip));
  location.assign(url);
}

/** Reads what came back and takes it out of the address at once, so that it stays in no history. */
export function arrival(): Arrival | null {
  const asked = new URLSearchParams(location.search);
  const [state, code, refused] = ["state", "code", "error"].map((name) => asked.get(name) ?? "") as [string, string, string];
  if (location.search) history.replaceState(null, "", location.pathname + location.hash);
  return state || code || refused ? { state, code, refused } : null;
}

/** Goes back to where this person was; whether they had been signed in there. Another person begins at the start. */
export function resume(who: WhoAmI | null): boolean {
  const text = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  const trip = text ? (JSON.parse(text) as Trip) : null;
  if (!trip || (trip.person && trip.person !== who?.person_id)) return false;
  if (trip.hash) history.replaceState(null, "", location.pathname + trip.hash);
  brought = trip.carried;
  return trip.person !== null;
}
