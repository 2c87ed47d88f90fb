/** Cards of guns that may be this one, with what our own organisation answered last. */
import { bodyOf } from "../../lib/api";
import { api, me } from "../shell/session.svelte";
import type { Case } from "../holding/case.svelte";

export interface Card {
  match_id: string;
  found_by: string;
  card: Record<string, unknown>;
  answer: string | null;
}

export async function cardsOf(one: Case): Promise<Card[]> {
  const path = { capture_id: one.capture_id };
  const { items } = bodyOf(await api.GET("/api/v1/captures/{capture_id}/duplicates", { params: { path } }));
  return items
    .filter((item) => item.item_id === one.held?.submission.item_id)
    .map((item) => ({
      match_id: item.match_id,
      found_by: item.found_by,
      card: item.card,
      answer: item.answers.filter((said) => said.organisation_id === me.who?.organisation_id).at(-1)?.answer ?? null,
    }));
}
