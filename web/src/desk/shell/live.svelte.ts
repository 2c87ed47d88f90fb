/** What changed, by asking `/status` with the number of the last answer: 304 from one kept number when nothing did. */
import type { components } from "../../lib/api-types";
import { bodyOf } from "../../lib/api";
import { ProblemError } from "../../lib/problems";
import { api } from "./session.svelte";

export type Change = components["schemas"]["ChangeAnswer"];
type Hearer = (changes: Change[]) => void;

const EVERY_MS = 4_000;
const HIDDEN_MS = 60_000;
/** Asking counts as use of the session. So it stops before the 30 idle minutes, or nobody would ever be signed out. */
const RESTS_AFTER_MS = 10 * 60_000;

class Live {
  state = $state<"on" | "off" | "resting">("on");
  #after: number | null = null;
  #hearers = new Set<Hearer>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #moved = Date.now();
  #running = false;

  /** Calls `hear` with every later change; answers with what stops it. */
  hear(hear: Hearer): () => void {
    this.#hearers.add(hear);
    return () => this.#hearers.delete(hear);
  }

  start(): () => void {
    this.#running = true;
    this.#moved = Date.now();
    void this.#turn();
    return () => {
      this.#running = false;
      this.#after = null;
      clearTimeout(this.#timer);
    };
  }

  /** Somebody is there. */
  moved(): void {
    this.#moved = Date.now();
    if (this.state === "resting" && this.#running) void this.#turn();
  }

  async #turn(): Promise<void> {
    clearTimeout(this.#timer);
    if (Date.now() - this.#moved > RESTS_AFTER_MS) {
      this.state = "resting";
      return;
    }
    try {
      await this.#ask();
      this.state = "on";
    } catch (error) {
      this.state = "off";
      if (error instanceof ProblemError && error.status === 401) return;
    }
    if (this.#running) this.#timer = setTimeout(() => void this.#turn(), document.hidden ? HIDDEN_MS : EVERY_MS);
  }

  async #ask(): Promise<void> {
    if (this.#after === null) {
      const { response } = await api.GET("/api/v1/status", { params: { query: { limit: 1 } } });
      this.#after = Number(response.headers.get("ETag")?.replaceAll('"', "")) - 1;
      return;
    }
    const answer = await api.GET("/api/v1/status", {
      params: { query: { after: this.#after, limit: 200 } },
      headers: { "If-None-Match": `"${this.#after + 1}"` },
    });
    if (answer.response.status === 304) return;
    const news = bodyOf(answer);
    this.#after = news.next_after;
    if (news.items.length) for (const hear of this.#hearers) hear(news.items);
  }
}

export const live = new Live();
