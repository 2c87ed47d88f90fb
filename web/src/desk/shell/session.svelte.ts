/** Who sits at the desk, and what keeps them there: sign-in, an ended session, a factor shown lately. */
import { type Api, personApi } from "../../lib/api";
import { bodyOf } from "../../lib/api";
import { ProblemError } from "../../lib/problems";
import { type SignIn, type WhoAmI, signIn, signOut, whoAmI } from "../../lib/session";
import { acting } from "./acting.svelte";
import { place } from "./place.svelte";
import { type Arrival, depart, resume } from "./trips";
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

  /** The organisation's sign-in knows the person and their own code is still asked: good for five minutes. */
  ticket = $state("");
  /** What became of a trip to the organisation's sign-in, until it was read. */
  returned = $state.raw<{ error: unknown } | "confirmed" | "unproven" | null>(null);
  /** The organisation's sign-in did not show that the person was asked just now: no use going there again. */
  unproven = $state(false);

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

  /** Leaves the page for the organisation's own sign-in. */
  async goToProvider(organisation_id: string): Promise<void> {
    const { url } = bodyOf(await api.POST("/api/v1/session/identity", { body: { organisation_id } }));
    depart(url, this.who);
  }

  /** Ends the trip with what the provider handed over. Whoever was signed in when they left still is, if it fails. */
  async comeBack({ state, code, refused }: Arrival): Promise<void> {
    try {
      if (refused || !state || !code) throw new ProblemError({ status: 401, code: "identity_denied", retry: "never" });
      const { session, ticket } = bodyOf(await api.POST("/api/v1/session/identity/return", { body: { state, code } }));
      if (session) this.#arrived(session);
      else this.ticket = ticket ?? "";
    } catch (error) {
      this.returned = { error };
      await this.stay();
    }
    if (!this.known) await this.look();
  }

  /** Whoever was signed in when they left still is: back to where they were. */
  async stay(): Promise<void> {
    this.ticket = "";
    await this.look();
    resume(this.who);
    place.read();
  }

  async enterWithCode(totp: string): Promise<void> {
    try {
      this.#arrived(bodyOf(await api.POST("/api/v1/session/identity/code", { body: { ticket: this.ticket, totp } })));
      this.ticket = "";
    } catch (error) {
      // A mistyped code may be tried again; everything else begins anew.
      if (error instanceof ProblemError && !["factor_refused", "invalid_request"].includes(error.code)) this.ticket = "";
      throw error;
    }
  }

  #arrived(who: WhoAmI): void {
    const fresh = Date.now() - Date.parse(who.factor_at) <= FRESH_MS;
    this.unproven = !fresh;
    if (resume(who)) this.returned = fresh ? "confirmed" : "unproven";
    this.who = who;
    this.told = who.passkey_changes;
    this.known = true;
    this.ended = false;
    place.read();
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
    const out = this.who?.provider_sign_out;
    await signOut(api).catch(() => undefined);
    this.who = null;
    this.ended = false;
    this.ticket = "";
    this.returned = null;
    location.hash = "";
    // The organisation's own session ends too, or the next person at this desk would enter by it.
    if (out) location.assign(out);
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
