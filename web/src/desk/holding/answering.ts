/** Sends an answer over the dossier that is worked on. */
import type { components } from "../../lib/api-types";
import { api } from "../shell/session.svelte";
import type { Case } from "./case.svelte";

type Body = components["schemas"]["ResultBody"];

export interface Said {
  id: string;
  code: Body["code"];
  final: boolean;
  facts: Record<string, unknown>;
  examiner?: string;
  second?: string;
  supersedes?: string;
  attachments?: string[];
  nominal?: Record<string, unknown> | null;
  confirmed?: Body["confirmed"];
}

export async function answer(one: Case, said: Said): Promise<void> {
  await api.POST("/api/v1/submissions/{submission_id}/results", {
    params: { path: { submission_id: one.id } },
    body: {
      result_id: said.id,
      answers_digest: one.digest,
      code: said.code,
      final: said.final,
      facts: said.facts,
      nominal: said.nominal ?? null,
      supersedes: said.supersedes || null,
      examiner_id: said.examiner || null,
      second_examiner_id: said.second || null,
      attachments: said.attachments ?? [],
      confirmed: said.confirmed ?? [],
    },
  });
}

/** Only what was filled in. */
export function filled(facts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(facts).filter(([, text]) => text.trim()).map(([name, text]) => [name, text.trim()]));
}
