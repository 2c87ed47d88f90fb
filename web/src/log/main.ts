import { mount } from "svelte";
import "../lib/ui/tokens.css";
import "../lib/public/public.css";
import { speech } from "../lib/public/speech.svelte";
import App from "./App.svelte";

const target = document.getElementById("app");
if (target) {
  speech.begin();
  mount(App, { target });
}
