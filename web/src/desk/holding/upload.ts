/** Sends a file to a request or a walk-in: hash, plan, PUT to the store or the relay, complete, then the checks' word. */
import { bodyOf } from "../../lib/api";
import type { components } from "../../lib/api-types";
import { sha256OfPieces } from "../../lib/hash";
import { uuid7 } from "../../lib/ids";
import { putFromBrowser } from "../../lib/outbox/put";
import { api } from "../shell/session.svelte";
import type { Attachment } from "./types";

export type AttachmentKind = components["schemas"]["AttachmentLine"]["kind"];

const TYPES: Record<string, string> = {
  x3p: "application/x-x3p",
  pdf: "application/pdf",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  heic: "image/heic",
};

/** Sends one file under a new id and answers with the id; `progress` gets a part of 1. */
export async function attach(
  submission_id: string,
  file: File,
  kind: AttachmentKind,
  progress: (part: number) => void = () => undefined,
): Promise<string> {
  const path = { submission_id };
  const line = { ...(await lineOf(uuid7(), file)), kind, item: null };
  const plan = bodyOf(
    await api.POST("/api/v1/submissions/{submission_id}/attachments", { params: { path }, body: { files: [line] } }),
  );
  await put(plan, file, progress);
  await api.POST("/api/v1/submissions/{submission_id}/attachments/complete", { params: { path }, body: { media: [line.id] } });
  return line.id;
}

/** Sends a walk-in's photo under an id of the caller's: the same again sends only what is missing. */
export async function attachToWalkIn(
  walk_in_id: string,
  id: string,
  file: File,
  progress: (part: number) => void = () => undefined,
): Promise<void> {
  const path = { walk_in_id };
  const body = { files: [await lineOf(id, file)] };
  await put(bodyOf(await api.POST("/api/v1/walk-ins/{walk_in_id}/photos", { params: { path }, body })), file, progress);
  await api.POST("/api/v1/walk-ins/{walk_in_id}/photos/complete", { params: { path }, body: { media: [id] } });
}

async function lineOf(id: string, file: File) {
  const ending = file.name.split(".").at(-1)?.toLowerCase() ?? "";
  return {
    id,
    way: "whole" as const,
    chunk_size: null,
    sha256: await sha256OfPieces(pieces(file), file.size),
    size: file.size,
    content_type: TYPES[ending] ?? (/^[a-z0-9.+-]+\/[a-z0-9.+-]+$/.test(file.type) ? file.type : "application/octet-stream"),
    filename: file.name.slice(-200) || null,
  };
}

async function put(plan: components["schemas"]["UploadsAnswer"], file: File, progress: (part: number) => void): Promise<void> {
  for (const part of plan.media.flatMap((one) => one.parts)) {
    const body = file.slice(part.offset, part.offset + part.size);
    const ours = new URL(part.url, location.href).origin === location.origin;
    const status = ours ? await relay(part, body) : await direct(part, body, (bytes) => progress(bytes / file.size));
    if (status >= 300) throw new Error(`store ${status}`);
  }
  progress(1);
}

interface Part {
  url: string;
  method: string;
  headers: Record<string, unknown>;
}

function direct(part: Part, body: Blob, progress: (bytes: number) => void): Promise<number> {
  const headers = part.headers as Record<string, string>;
  return putFromBrowser({ url: part.url, method: part.method, headers, body, bearer: null }, progress);
}

async function relay(part: Part, body: Blob): Promise<number> {
  const headers = { "X-Requested-With": "casquillo", "Content-Type": "application/octet-stream" };
  return (await fetch(part.url, { method: part.method, headers, body, credentials: "same-origin" })).status;
}

async function* pieces(file: File): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = file.stream().getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}

const EVERY_MS = 700;
const LIMIT_MS = 120_000;

/** Waits until the checks have said what they think of a file; the last word known when they take too long. */
export async function settled(submission_id: string, id: string): Promise<Attachment | undefined> {
  const until = Date.now() + LIMIT_MS;
  for (;;) {
    const found = (await attachments(submission_id)).find((one) => one.id === id);
    const done = found && ["secured", "quarantined"].includes(found.state) && found.preview !== "due";
    if (done || Date.now() > until) return found;
    await new Promise((again) => setTimeout(again, EVERY_MS));
  }
}

export async function attachments(submission_id: string): Promise<Attachment[]> {
  const query = { limit: 200 };
  return bodyOf(
    await api.GET("/api/v1/submissions/{submission_id}/attachments", { params: { path: { submission_id }, query } }),
  ).items;
}
