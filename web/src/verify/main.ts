import { mount } from "svelte";
import "../lib/ui/tokens.css";
import "../lib/public/public.css";
import { speech } from "../lib/public/speech.svelte";
import { trustedScript } from "../lib/trusted";
import App from "./App.svelte";

const target = document.getElementById("app");
if (target) {
  speech.begin();
  mount(App, { target });
  // Kept for use without a network. Where a browser refuses, the page still works while it is open.
  if ("serviceWorker" in navigator)
    void navigator.serviceWorker.register(trustedScript("/sw.js"), { updateViaCache: "none" }).catch(() => undefined);
}
