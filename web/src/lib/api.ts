/** The typed client. Its paths, bodies and answers are those of openapi/openapi.json; anything but 2xx is thrown. */
import createClient, { type Client } from "openapi-fetch";
import type { paths } from "./api-types";
import { ProblemError, Unreachable, problemOf } from "./problems";

export type Api = Client<paths>;

export interface Reach {
  /** Of the service; empty in a browser, where it is our own origin. */
  base?: string;
  fetch?: typeof globalThis.fetch;
}

const SILENCE_MS = 40_000; // longer than the service holds an answer back

/** For a signed-in person: the session's cookie, and the header that no foreign page can send. */
export function personApi(reach: Reach = {}): Api {
  return made(reach, { credentials: "same-origin", headers: { "X-Requested-With": "casquillo" } });
}

/** For a phone: no cookies, so that a bearer never travels beside one. */
export function phoneApi(reach: Reach = {}): Api {
  return made(reach, { credentials: "omit", headers: {} });
}

function made(reach: Reach, options: { credentials: RequestCredentials; headers: Record<string, string> }): Api {
  const send = reach.fetch ?? globalThis.fetch.bind(globalThis);
  return createClient<paths>({
    baseUrl: reach.base ?? "",
    ...options,
    fetch: async (request) => {
      let answer: Response;
      try {
        answer = await send(new Request(request, { signal: AbortSignal.timeout(SILENCE_MS) }));
      } catch (error) {
        const silent = error instanceof DOMException && error.name === "TimeoutError";
        throw new Unreachable(silent ? "silent" : globalThis.navigator?.onLine === false ? "offline" : "cut");
      }
      if (!answer.ok && answer.status !== 304) throw await problemOf(answer);
      return answer;
    },
  });
}

/** The body of an answer that must have one. */
export function bodyOf<T>(answer: { data?: T }): T {
  if (answer.data === undefined) throw new ProblemError({ status: 0, code: "foreign_answer", retry: "later" });
  return answer.data;
}

/** A signed document as it is: no JSON around it. */
export const JOSE = {
  headers: { "Content-Type": "application/jose" },
  bodySerializer: (body: unknown) => body as string,
};
