import type { components } from "../../lib/api-types";

type S = components["schemas"];

export type QueueItem = S["QueueItemAnswer"];
export type Sender = S["SenderAnswer"];
export type Colleague = S["ColleagueAnswer"];
export type Held = S["SubmissionAnswer"];
export type Attachment = S["AttachmentAnswer"];
export type PhysicalEvent = S["EventAnswer"];
export type Result = S["ResultAnswer"];
export type Work = S["WorkAnswer"];
export type Sheet = S["WorksheetAnswer"];
export type SheetLine = S["WorksheetLine"];
export type Trace = S["TraceRequestAnswer"];

export type Destination = "ballistics" | "etrace";

/** The parts of an approved dossier that a holder reads. */
export interface Document {
  worksheet: Record<string, { value: unknown; source: string; by: string | null }>;
  item: { id: string; number: string; kind: string; [fact: string]: unknown };
  packages: { id: string; label: string; kind: string; seal: string | null }[];
  recovery: Record<string, unknown>;
  captured_at: string;
  zone: string | null;
  folio: string;
  agency: { id: string; name: string; entity: string | null };
  media: { id: string; view: string; source: string; sha256: string }[];
}
