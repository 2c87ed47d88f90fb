/** Drains by itself: at the start, when the page is seen, when the network comes, on a timer, after signing. */
import { phoneApi } from "../api";
import { ifFree } from "../locks";
import { ProblemError, Unreachable } from "../problems";
import { type Store, keepSetting, setting } from "../store";
import { Contact } from "./contact";
import { type Drain, drain } from "./drain";
import { backOff } from "./pacing";
import { putFromBrowser } from "./put";
import { takeUpAgain } from "./rows";
import type { Network, Wires } from "./wires";

/** What a page shows of the sending itself. */
export interface OutboxState {
  sending: boolean;
  /** Nobody answers; the next try stands in `next_at`. */
  unreachable: boolean;
  next_at: number | null;
  /** Files wait because the officer lets them go over Wi-Fi only. */
  waiting_for_wifi: boolean;
}

export interface Outbox {
  state(): OutboxState;
  /** Something changed in the outbox or in its state; returns the way to stop hearing of it. */
  subscribe(heard: (state: OutboxState) => void): () => void;
  /** Tries at once, back-off or not. Files may go on this network once, whatever was chosen. */
  now(files?: "also_on_mobile_data"): void;
  /** Tries a document again that waits for a person. */
  retry(sha256: string): Promise<void>;
  stop(): void;
}

export type FilesOver = "any" | "wifi";
const FILES_OVER = "files_over";
const FAILURES = "failures";
const CHANNEL = "casquillo-outbox";
const SOONEST = 1_000;
const LATEST = 5 * 60_000;
/** Another tab sends; it may be closed. */
const OTHER_TAB = 15_000;

export const filesOver = async (store: Store): Promise<FilesOver> => (await setting<FilesOver>(store, FILES_OVER)) ?? "any";
export const setFilesOver = (store: Store, over: FilesOver): Promise<void> => keepSetting(store, FILES_OVER, over);

/** What the browser says of the network; most iPhones say nothing. */
export function networkHere(): Network {
  const connection = (globalThis.navigator as { connection?: { type?: string; effectiveType?: string } }).connection;
  const type = connection?.type;
  const kind = type === "wifi" || type === "ethernet" ? "wifi" : type === "cellular" ? "mobile" : "unknown";
  return { kind, key: `${type ?? "unknown"}/${connection?.effectiveType ?? ""}` };
}

export function browserWires(): Wires {
  return {
    api: phoneApi(),
    put: putFromBrowser,
    origin: location.origin,
    now: () => Date.now(),
    random: () => Math.random(),
    network: networkHere,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}

export function startOutbox(store: Store, wires: Wires = browserWires()): Outbox {
  const contact = new Contact(store, wires.api);
  const heard = new Set<(state: OutboxState) => void>();
  const channel = new BroadcastChannel(CHANNEL);
  let state: OutboxState = { sending: false, unreachable: false, next_at: null, waiting_for_wifi: false };
  let timer: ReturnType<typeof setTimeout> | undefined;
  let [running, again, stopped, once] = [false, false, false, false];

  const say = (change: Partial<OutboxState> = {}) => {
    state = { ...state, ...change };
    for (const one of heard) one(state);
  };
  const told = () => {
    say();
    channel.postMessage("changed");
  };
  const wake = (ms: number) => {
    clearTimeout(timer);
    if (stopped) return;
    const wait = Math.min(Math.max(ms, SOONEST), LATEST);
    say({ next_at: wires.now() + wait });
    timer = setTimeout(() => void run(), wait);
  };

  async function pass(): Promise<void> {
    const mayAll = once || (await filesOver(store)) === "any" || wires.network().kind === "wifi";
    once = false;
    say({ sending: true, waiting_for_wifi: !mayAll });
    const work: Drain = { store, wires, contact, files: mayAll, told, urgent: () => again };
    await drain(work);
    await keepSetting(store, FAILURES, 0);
    say({ unreachable: false });
  }

  async function run(): Promise<void> {
    if (running || stopped) {
      again = true;
      return;
    }
    [running, again] = [true, false];
    let wait = LATEST;
    try {
      const mine = await ifFree("outbox", pass);
      wait = mine ? await untilDue(store, wires) : OTHER_TAB;
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof ProblemError)) throw error;
      const failures = ((await setting<number>(store, FAILURES)) ?? 0) + 1;
      await keepSetting(store, FAILURES, failures);
      const asked = error instanceof ProblemError ? (error.retry_after_s ?? 0) * 1000 : 0;
      wait = Math.max(asked, backOff(failures, wires.random()));
      say({ unreachable: true });
    } finally {
      running = false;
      say({ sending: false });
      wake(again ? SOONEST : wait);
    }
  }

  const seen = () => document.visibilityState === "visible" && void run();
  const connected = () => void run();
  channel.onmessage = () => say();
  globalThis.document?.addEventListener("visibilitychange", seen);
  globalThis.addEventListener?.("online", connected);
  void run();

  return {
    state: () => state,
    subscribe: (one) => {
      heard.add(one);
      return () => heard.delete(one);
    },
    now: (files) => {
      once = files !== undefined;
      void run();
    },
    retry: async (sha256) => {
      await takeUpAgain(store, sha256);
      void run();
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      channel.close();
      globalThis.document?.removeEventListener("visibilitychange", seen);
      globalThis.removeEventListener?.("online", connected);
    },
  };
}

/** Whether any tab of this phone sends right now: an update waits for that. */
export async function someoneSends(): Promise<boolean> {
  const { held = [] } = await navigator.locks.query();
  return held.some((lock) => lock.name === "casquillo-outbox");
}

/** Milliseconds until the next document may be tried. */
async function untilDue(store: Store, wires: Wires): Promise<number> {
  const rows = (await store.getAll("outbox")).filter((row) => row.stage !== "done" && row.stuck === null);
  return Math.min(LATEST, ...rows.map((row) => row.next_at - wires.now()));
}
