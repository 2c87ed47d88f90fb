import { mount } from "svelte";
import { openStore } from "../lib/store";
import "../lib/ui/tokens.css";
import App from "./App.svelte";
import { app } from "./state/app.svelte";
import { news } from "./state/news.svelte";
import { fetchAll } from "./steps/later";
import { preferences } from "./state/preferences.svelte";
import { sending } from "./state/sending.svelte";
import { update } from "./state/update.svelte";

const NEWS_EVERY = 60_000; // ms
const LOCK_AFTER = 5 * 60_000; // ms out of sight

async function start(): Promise<void> {
  const target = document.getElementById("app");
  if (!target) return;
  const store = await openStore();
  await preferences.open(store);
  await app.open(store);
  mount(App, { target });
  lockWhenAway();
  // What is needed after the first screen comes after it.
  void fetchAll();
  const { startOutbox } = await import("../lib/outbox/loop");
  sending.start(startOutbox(store));
  void news.ask();
  setInterval(() => document.hidden || void news.ask(), NEWS_EVERY);
  document.addEventListener("visibilitychange", () => document.hidden || void news.ask());
}

/** A phone that was put away goes back to capture mode: it adds, and shows nothing. */
function lockWhenAway(): void {
  let away = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) away = Date.now();
    else if (away && Date.now() - away > LOCK_AFTER) app.unlocked = null;
  });
}

/** The build is kept for offline use; a newer one waits for the officer. */
async function keepBuild(): Promise<void> {
  const { applyUpdate, startServiceWorker } = await import("../lib/update");
  await startServiceWorker(() => update.found(() => void applyUpdate()));
}

void start().then(keepBuild);
