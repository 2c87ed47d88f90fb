/** A published custody entry, and the details that may stand beside it (`openapi/schemas/custody-entry-1.json`). */
import { fromB64url, hex, joined } from "../../lib/bytes";
import { sha256, sha256Hex } from "../../lib/hash";
import { jcs } from "./jcs";

export interface Entry {
  v: number;
  entry_id: string;
  agency_id: string;
  chain: { type: string; id: string };
  seq: number;
  prev: string | null;
  kind: string;
  at: string;
  actor: { type: string; id: string; role: string | null };
  subject_sha256: string;
  details_sha256: string;
  nonce: string;
}

export type Details = Record<string, unknown>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
const MEMBERS = "actor agency_id at chain details_sha256 entry_id kind nonce prev seq subject_sha256 v";

/** The entry, or null for what is not of the published form. */
export function entryOf(value: unknown): Entry | null {
  const entry = value as Entry | null;
  if (typeof entry !== "object" || entry === null || namesOf(entry) !== MEMBERS) return null;
  const { chain, actor } = entry;
  const right =
    entry.v === 1 &&
    [entry.entry_id, entry.agency_id, chain?.id, actor?.id].every((id) => typeof id === "string" && UUID.test(id)) &&
    namesOf(chain) === "id type" &&
    namesOf(actor) === "id role type" &&
    [chain.type, actor.type, entry.kind, entry.subject_sha256, entry.details_sha256, entry.nonce].every(isText) &&
    (actor.role === null || isText(actor.role)) &&
    (entry.prev === null || isText(entry.prev)) &&
    Number.isSafeInteger(entry.seq) &&
    isText(entry.at) &&
    INSTANT.test(entry.at);
  return right ? entry : null;
}

/** SHA-256 of the entry's JCS, the leaf of the log. */
export const entryHash = (entry: Entry): Promise<string> => sha256Hex(jcs(entry));

/** Whether the entry committed to these details with this salt (base64url). */
export async function detailsMatch(entry: Entry, salt: string, details: Details): Promise<boolean> {
  try {
    return hex(await sha256(joined(fromB64url(salt), jcs(details)))) === entry.details_sha256;
  } catch {
    return false;
  }
}

export const nameOf = ({ chain }: Entry): string => `${chain.type}/${chain.id}`;

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function namesOf(value: object): string {
  return typeof value === "object" && value !== null ? Object.keys(value).sort().join(" ") : "";
}
