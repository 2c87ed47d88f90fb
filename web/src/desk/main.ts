import { mount } from "svelte";
import "../lib/ui/tokens.css";
import "./desk.css";
import App from "./App.svelte";
import { wearChosen } from "./shell/preferences.svelte";

const target = document.getElementById("app");
if (target) {
  wearChosen();
  mount(App, { target });
}
