/** What a phone states in its own chain: discard, media_lost, closing (protocol, section 4), cosign. */
import { rfc3339 } from "./clock";
import { type Moment, type Place, heading } from "./manifest";
import type { Closing, Cosign, Discard, MediaLost, Statement } from "./schema";

export type Stated =
  | { kind: "discard"; facts: Discard }
  | { kind: "media_lost"; facts: MediaLost }
  | { kind: "closing"; facts: Closing }
  | { kind: "cosign"; facts: Cosign };

export function buildStatement(statementId: string, stated: Stated, place: Place, moment: Moment): Statement {
  return {
    v: 1,
    ...heading(place, moment),
    statement_id: statementId,
    stated_at: rfc3339(moment.at),
    kind: stated.kind,
    facts: stated.facts as unknown as Statement["facts"],
  };
}
