/** Records what happens to a thing. One id an act, so that sending it again changes nothing. */
import type { components } from "../../lib/api-types";
import { uuid7 } from "../../lib/ids";
import { api } from "../shell/session.svelte";
import type { Case } from "../holding/case.svelte";

type Body = components["schemas"]["EventBody"];

export type Mismatch = NonNullable<Body["mismatches"]>[number];

export interface Happened {
  kind: Body["kind"];
  mismatches?: Body["mismatches"];
  from?: string;
  to?: string;
  place?: string;
  signed?: string;
  note?: string;
  /** A new seal; the former one stays inside the bag. */
  seal?: string;
  sedena_letter?: string;
  sedena_date?: string;
  attachments?: string[];
  /** Of the whole package, when the dossier names one: all that is in it and granted. */
  whole?: boolean;
}

/** The event of a request's item, in its package when the dossier names one. */
export async function happen(one: Case, what: Happened): Promise<void> {
  const bag = what.whole ? one.document?.packages[0] : undefined;
  const said = (text: string | undefined) => text?.trim() || null;
  await api.POST("/api/v1/captures/{capture_id}/events", {
    params: { path: { capture_id: one.capture_id } },
    body: {
      event_id: uuid7(),
      kind: what.kind,
      package_id: bag?.id ?? null,
      item_ids: bag ? [] : [one.held?.submission.item_id ?? ""],
      mismatches: what.mismatches ?? [],
      from: said(what.from),
      to: said(what.to),
      place: said(what.place),
      signed: said(what.signed),
      note: said(what.note),
      seal: said(what.seal),
      sedena_letter: said(what.sedena_letter),
      sedena_date: said(what.sedena_date),
      attachments: what.attachments ?? [],
      happened_at: new Date().toISOString(),
      submission_id: bag ? null : one.id,
    },
  });
}
