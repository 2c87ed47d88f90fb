/** A new build waits beside the old one until the officer agrees, and never takes over while something is sent. */
import { someoneSends } from "./outbox/loop";
import { trustedScript } from "./trusted";

type Found = () => void;

let waiting: ServiceWorker | null = null;

/** Registers the service worker; `found` is called when a newer build is ready. Without one the app still works online. */
export async function startServiceWorker(found: Found): Promise<void> {
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

/** Takes the new build and loads the page again; false when there is none, or something is being sent. */
export async function applyUpdate(): Promise<boolean> {
  if (!waiting || (await someoneSends())) return false;
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting.postMessage("take_over");
  return true;
}
