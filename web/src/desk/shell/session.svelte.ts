/** Who sits at the desk, and what keeps them there: sign-in, an ended session, a factor shown lately. */
import { type Api, personApi } from "../../lib/api";
import { bodyOf } from "../../lib/api";
import { ProblemError } from "../../lib/problems";
import { type SignIn, type WhoAmI, signIn, signOut, whoAmI } from "../../lib/session";
import { acting } from "./acting.svelte";

const FRESH_MS = 14 * 60_000; // the service asks for 15 minutes; a minute is left for the way

/** Every request of the desk goes through here, so that an ended session is noticed wherever it is told. */
async function watched(request: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const answer = await fetch(request instanceof Request ? acting.named(request) : request, init);
  const asked = new URL(request instanceof Request ? request.url : String(request), location.href);
  if (answer.status === 401 && !asked.pathname.endsWith("/api/v1/session")) me.ended = me.who !== null;
  return answer;
}

export const api: Api = personApi({ fetch: watched });

class Me {
  who = $state.raw<WhoAmI | null>(null);
  /** Asked once; before it, nothing is shown. */
  known = $state(false);
  /** Somebody was here, and the service no longer knows them: the screen stays under the sign-in. */
  ended = $state(false);
  /** The dialog that asks for a code; it settles the promise of whoever waits. */
  asking = $state.raw<{ done: (shown: boolean) => void } | null>(null);

  has(role: string): boolean {
    return this.who?.roles.includes(role) ?? false;
  }

  async look(): Promise<void> {
    this.who = await whoAmI(api);
    this.known = true;
  }

  async enter(body: SignIn): Promise<void> {
    const former = this.who?.person_id;
    const who = await signIn(api, body);
    // What another person typed and read must not stay on the screen.
    if (former && former !== who.person_id) location.reload();
    this.who = who;
    this.known = true;
    this.ended = false;
  }

  async leave(): Promise<void> {
    await signOut(api).catch(() => undefined);
    this.who = null;
    this.ended = false;
    location.hash = "";
  }

  async show(totp: string): Promise<void> {
    this.who = bodyOf(await api.POST("/api/v1/session/factor", { body: { totp } }));
    this.asking?.done(true);
    this.asking = null;
  }

  giveUp(): void {
    this.asking?.done(false);
    this.asking = null;
  }

  #ask(): Promise<boolean> {
    this.asking?.done(false);
    return new Promise((done) => (this.asking = { done }));
  }

  /**
   * Runs what needs a fresh factor, asking for the code first when it is old, and once more when the service says so.
   * Answers `undefined` when the person closes the dialog: nothing was sent then.
   */
  async fresh<T>(run: () => Promise<T>): Promise<T | undefined> {
    const shown = Date.parse(this.who?.factor_at ?? "");
    if (Date.now() - shown > FRESH_MS && !(await this.#ask())) return undefined;
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== "fresh_factor_required") throw error;
      return (await this.#ask()) ? await run() : undefined;
    }
  }
}

export const me = new Me();
