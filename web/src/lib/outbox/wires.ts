/** What sending needs from outside: the service, the store's PUTs, time, chance, and what is known of the network. */
import type { Api } from "../api";

export interface PutPart {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: Blob;
  /** Only for the relay, which is our own origin. */
  bearer: string | null;
}

/**
 * Sends one part and gives the answer's status. `Unreachable` when the connection dies or goes silent;
 * `progress` hears how many bytes were handed on, which is more than what arrived.
 */
export type Put = (part: PutPart, progress: (bytes: number) => void) => Promise<number>;

export interface Network {
  /** What a way of sending is remembered under. */
  key: string;
  kind: "wifi" | "mobile" | "unknown";
}

export interface Wires {
  api: Api;
  put: Put;
  /** Our own origin, where the relay answers. */
  origin: string;
  now: () => number;
  /** From 0 to 1. */
  random: () => number;
  network: () => Network;
  wait: (ms: number) => Promise<void>;
}
