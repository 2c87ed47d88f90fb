/** A new build waits beside the old one until the officer agrees, and never takes over while something is sent. */
import { someoneSends } from "./outbox/loop";

type Found = () => void;

let waiting: ServiceWorker | null = null;

/** The one script address that this app ever makes; under Trusted Types nothing else may. */
function scriptAddress(): string {
  type Policies = { createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): { createScriptURL(url: string): unknown } };
  const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes;
  const own = policies?.createPolicy("casquillo", {
    createScriptURL: (url) => {
      if (url !== "/sw.js") throw new TypeError("not our service worker");
      return url;
    },
  });
  return (own ? own.createScriptURL("/sw.js") : "/sw.js") as string;
}

/** Registers the service worker; `found` is called when a newer build is ready. Without one the app still works online. */
export async function startServiceWorker(found: Found): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.register(scriptAddress(), { updateViaCache: "none" });
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
