/** A new build waits beside the old one until the officer agrees, and never takes over while something is sent. */
import { someoneSends } from "./outbox/loop";
import { trustedScript } from "./trusted";

type Found = () => void;

const RELOADED = "casquillo-reloaded";
let waiting: ServiceWorker | null = null;

/** Registers the service worker; `found` is called when a newer build is ready. Without one the app still works online. */
export async function startServiceWorker(found: Found): Promise<void> {
  reloadWhenReplaced();
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.register(trustedScript("/sw.js"), { updateViaCache: "none" });
  const ready = (worker: ServiceWorker | null) => {
    if (!worker || !navigator.serviceWorker.controller) return; // the first build has nothing to replace
    waiting = worker;
    found();
  };
  ready(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const { installing } = registration;
    installing?.addEventListener("statechange", () => installing.state === "installed" && ready(installing));
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void registration.update().catch(() => undefined);
  });
}

/**
 * Another tab took the new build, and a part of the old one that this page had not loaded yet is gone. Every answer
 * is kept when it is given, so the page may begin again; once only, or a build with a hole would begin for ever.
 */
function reloadWhenReplaced(): void {
  addEventListener("vite:preloadError", (event) => {
    if (sessionStorage.getItem(RELOADED) === __BUILD__) return;
    sessionStorage.setItem(RELOADED, __BUILD__);
    event.preventDefault();
    location.reload();
  });
}

/** Takes the new build and loads the page again; false when there is none, or something is being sent. */
export async function applyUpdate(): Promise<boolean> {
  if (!waiting || (await someoneSends())) return false;
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting.postMessage("take_over");
  return true;
}
