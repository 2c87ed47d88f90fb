/** One PUT from a browser. To the store by XMLHttpRequest, which tells of progress; to our relay by fetch. */
import { Unreachable } from "../problems";
import type { Put, PutPart } from "./wires";

/** A connection that hands nothing on for this long is dead. Milliseconds. */
const SILENCE = 45_000;
/** Slower than this (64 kbit/s), an answer is not waited for. Bytes a millisecond. */
const SLOWEST = 8;
/** What systems buffer between us and the network, at most. Bytes. */
const BUFFERED = 4 * 1024 * 1024;
/** A connection that ends sooner was never one. Milliseconds. */
const LIVED = 2_000;
/** Headers that a browser writes itself, and refuses to be given. */
const BROWSERS_OWN = new Set(["host", "content-length"]);

export const putFromBrowser: Put = (part, progress) => (part.bearer === null ? byRequest(part, progress) : byFetch(part, progress));

function byRequest(part: PutPart, progress: (bytes: number) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const expectNews = (within: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), within);
    };
    const end = (act: () => void) => () => {
      clearTimeout(timer);
      act();
    };
    request.open(part.method, part.url);
    for (const [name, value] of own(part.headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      progress(event.loaded);
      // All handed on: what lies in buffers still has to get through before anyone can answer.
      expectNews(event.loaded < part.body.size ? SILENCE : SILENCE + Math.min(part.body.size, BUFFERED) / SLOWEST);
    };
    request.onload = end(() => resolve(request.status));
    request.onerror = end(() => reject(new Unreachable("cut")));
    request.onabort = end(() => reject(new Unreachable("silent")));
    expectNews(SILENCE);
    request.send(part.body);
  });
}

/** Our own origin would get the session's cookie from an XMLHttpRequest, and refuses a bearer beside it. */
async function byFetch(part: PutPart, progress: (bytes: number) => void): Promise<number> {
  const headers = { ...Object.fromEntries(own(part.headers)), Authorization: `Bearer ${part.bearer}` };
  const signal = AbortSignal.timeout(SILENCE + part.body.size / SLOWEST);
  const began = performance.now();
  try {
    const { method, body } = part;
    return (await fetch(part.url, { method, body, headers, credentials: "omit", signal })).status;
  } catch (error) {
    // Fetch tells of no progress: a connection that lived a while has carried something.
    if (performance.now() - began > LIVED) progress(part.body.size);
    throw new Unreachable(error instanceof DOMException && error.name === "TimeoutError" ? "silent" : "cut");
  }
}

function own(headers: Record<string, string>): [string, string][] {
  return Object.entries(headers).filter(([name]) => !BROWSERS_OWN.has(name.toLowerCase()));
}
