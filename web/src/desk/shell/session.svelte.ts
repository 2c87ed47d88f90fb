/** Who sits at the desk, and what keeps them there: sign-in, an ended session, a factor shown lately. */
import { type Api, personApi } from "../../lib/api";
import { bodyOf } from "../../lib/api";
import { ProblemError } from "../../lib/problems";
import { type SignIn, type WhoAmI, signIn, signOut, whoAmI } from "../../lib/session";
import { acting } from "./acting.svelte";
import { showPasskey } from "./webauthn";

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
  /** Passkeys that came or went since the person last signed in; shown until they say that they have read it. */
  told = $state.raw<WhoAmI["passkey_changes"]>([]);
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

  enter(body: SignIn): Promise<void> {
    return this.#entered(signIn(api, body));
  }

  async enterByPasskey(): Promise<void> {
    const { public_key } = bodyOf(await api.POST("/api/v1/session/passkey/challenge"));
    const credential = await showPasskey(public_key);
    await this.#entered(api.POST("/api/v1/session/passkey", { body: { credential } }).then(bodyOf));
  }

  async #entered(entering: Promise<WhoAmI>): Promise<void> {
    const former = this.who?.person_id;
    const who = await entering;
    // What another person typed and read must not stay on the screen.
    if (former && former !== who.person_id) location.reload();
    this.who = who;
    this.told = who.passkey_changes;
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
    this.#shown(bodyOf(await api.POST("/api/v1/session/factor", { body: { totp } })));
  }

  async showPasskey(): Promise<void> {
    const { public_key } = bodyOf(await api.POST("/api/v1/session/factor/challenge"));
    const credential = await showPasskey(public_key);
    this.#shown(bodyOf(await api.POST("/api/v1/session/factor", { body: { credential } })));
  }

  #shown(who: WhoAmI): void {
    this.who = who;
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
