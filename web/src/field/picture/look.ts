/** Asks the worker about a photo. A phone that can't look says nothing: the photo is kept all the same. */
import { trustedScript } from "../../lib/trusted";
import workerUrl from "./worker?worker&url";
import type { Look } from "./worker";

const PATIENCE = 4000; // ms

let worker: Worker | null | undefined;
let asked = 0;

function theWorker(): Worker | null {
  if (worker !== undefined) return worker;
  const able = typeof OffscreenCanvas !== "undefined" && typeof createImageBitmap !== "undefined";
  worker = able ? new Worker(trustedScript(workerUrl), { type: "module" }) : null;
  return worker;
}

export function lookAt(file: Blob): Promise<Look> {
  const nothing: Look = { sharp: null, preview: null };
  const at = theWorker();
  if (!at) return Promise.resolve(nothing);
  const id = ++asked;
  return new Promise((done) => {
    const end = (found: Look) => {
      clearTimeout(timer);
      at.removeEventListener("message", hear);
      done(found);
    };
    const hear = (event: MessageEvent<Look & { id: number }>) => {
      if (event.data.id === id) end(event.data);
    };
    const timer = setTimeout(() => end(nothing), PATIENCE);
    at.addEventListener("message", hear);
    at.postMessage({ id, file });
  });
}
