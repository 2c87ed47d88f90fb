/** Files of a draft: hashed, written, read back, and only then part of it. */
import type { Bytes } from "./bytes";
import { rfc3339 } from "./clock";
import type { Arrival, Draft, Shot } from "./draft";
import { piecesOf } from "./drafts";
import { sha256OfPieces } from "./hash";
import { uuid7 } from "./ids";
import type { Media } from "./schema";
import { type FileRow, PIECE, StorageFailed, type Store, write } from "./store";

const TYPE = /^[a-z0-9][a-z0-9.+-]*\/[a-z0-9][a-z0-9.+-]*$/;
const UNKNOWN_TYPE = "application/octet-stream";

/** What the camera will be opened for, kept before it is: if the phone dies in it, the draft says so. */
export async function expectShot(
  store: Store,
  draft: Draft,
  wanted: Omit<Shot, "media_id" | "asked_at">,
): Promise<Draft> {
  const awaited: Shot = { ...wanted, media_id: uuid7(), asked_at: rfc3339(Date.now()) };
  const kept = { ...draft, awaited };
  await write(store, ["drafts"], (tx) => tx.objectStore("drafts").put(kept));
  return kept;
}

/** The officer came back without a photo. */
export async function giveUpShot(store: Store, draft: Draft): Promise<Draft> {
  const kept = { ...draft, awaited: null };
  await write(store, ["drafts"], (tx) => tx.objectStore("drafts").put(kept));
  return kept;
}

/**
 * Takes the awaited photo's bytes into the draft.
 *
 * Returns when the bytes were hashed, written, read back and found the same. `StorageFailed` otherwise: then
 * the draft still awaits the photo and nothing of the file stays.
 */
export async function keepFile(store: Store, draft: Draft, file: Blob, arrival: Arrival): Promise<Draft> {
  const shot = draft.awaited;
  if (!shot) throw new RangeError("no photo is awaited");
  const sha256 = await sha256OfPieces(slices(file), file.size);
  const row: FileRow = {
    media_id: shot.media_id,
    capture_id: draft.capture_id,
    sha256,
    size: file.size,
    content_type: TYPE.test(file.type) ? file.type : UNKNOWN_TYPE,
    pieces: Math.ceil(file.size / PIECE),
    kept_at: rfc3339(Date.now()),
  };
  try {
    await putFile(store, row, file);
    if ((await rehash(store, row)) !== sha256) throw new StorageFailed("storage_lied");
  } catch (error) {
    await forget(store, row.media_id).catch(() => undefined);
    throw error;
  }
  return join(store, draft, shot, row, arrival);
}

/**
 * After a restart: the photo that was awaited, if its bytes had been kept in full; else it is lost and
 * the draft no longer awaits it.
 */
export async function recoverShot(store: Store, draft: Draft): Promise<{ draft: Draft; lost: Shot | null }> {
  const shot = draft.awaited;
  if (!shot) return { draft, lost: null };
  const row = await store.get("files", shot.media_id);
  if (row && (await rehash(store, row)) === row.sha256)
    return { draft: await join(store, draft, shot, row, { source: "camera", taken_at: null }), lost: null };
  await forget(store, shot.media_id);
  return { draft: await giveUpShot(store, draft), lost: shot };
}

async function join(store: Store, draft: Draft, shot: Shot, row: FileRow, arrival: Arrival): Promise<Draft> {
  const { source, taken_at, captured_by, scale, note } = arrival;
  const line: Media = {
    id: row.media_id,
    item_ids: shot.item_ids,
    package_id: shot.package_id,
    view: shot.view,
    sha256: row.sha256,
    size: row.size,
    content_type: row.content_type,
    source,
    captured_at: taken_at === null ? null : rfc3339(taken_at),
    ...(captured_by === undefined ? {} : { captured_by }),
    ...(scale === undefined ? {} : { scale }),
    ...(note ? { note } : {}),
    ...(shot.light ? { light: shot.light } : {}),
    ...(shot.replaces ? { replaces: shot.replaces } : {}),
  };
  const media = [...draft.media.filter((one) => one.id !== line.id), line];
  const kept: Draft = { ...draft, media, awaited: null, updated_at: rfc3339(Date.now()) };
  await write(store, ["drafts"], (tx) => tx.objectStore("drafts").put(kept));
  return kept;
}

/** A file's bytes in their order. */
export async function* storedPieces(store: Store, row: Pick<FileRow, "media_id" | "pieces">): AsyncGenerator<Bytes> {
  for (let n = 0; n < row.pieces; n++) {
    const piece = await store.get("pieces", [row.media_id, n]);
    if (!piece) throw new StorageFailed("storage_lied");
    yield new Uint8Array(piece.bytes);
  }
}

/** `size` bytes from `offset`, or the whole file; undefined when the phone no longer has it. */
export async function readFile(store: Store, mediaId: string, offset = 0, size?: number): Promise<Blob | undefined> {
  const row = await store.get("files", mediaId);
  if (!row) return undefined;
  const end = size === undefined ? row.size : Math.min(offset + size, row.size);
  const parts: ArrayBuffer[] = [];
  for (let n = Math.floor(offset / PIECE); n * PIECE < end; n++) {
    const piece = await store.get("pieces", [mediaId, n]);
    if (!piece) return undefined;
    parts.push(piece.bytes.slice(Math.max(0, offset - n * PIECE), end - n * PIECE));
  }
  return new Blob(parts, { type: row.content_type });
}

/** Takes a file out of a draft again, with its bytes. */
export async function dropFile(store: Store, draft: Draft, mediaId: string): Promise<Draft> {
  const kept = { ...draft, media: draft.media.filter((line) => line.id !== mediaId) };
  await write(store, ["drafts"], (tx) => tx.objectStore("drafts").put(kept));
  await forget(store, mediaId);
  return kept;
}

/** Removes a file's bytes and nothing else; a manifest may still name it. */
export async function forget(store: Store, mediaId: string): Promise<void> {
  await write(store, ["files", "pieces"], async (tx) => {
    await tx.objectStore("files").delete(mediaId);
    await tx.objectStore("pieces").delete(piecesOf(mediaId));
  });
}

/** The hash of what the phone really has of a file; null when pieces are missing. */
export async function rehash(store: Store, row: FileRow): Promise<string | null> {
  try {
    return await sha256OfPieces(storedPieces(store, row), row.size);
  } catch (error) {
    if (error instanceof StorageFailed || error instanceof RangeError) return null;
    throw error;
  }
}

async function putFile(store: Store, row: FileRow, file: Blob): Promise<void> {
  // Read before the transaction: it would end while we wait for the file.
  const pieces: ArrayBuffer[] = [];
  for await (const piece of slices(file)) pieces.push(piece.buffer);
  await write(store, ["files", "pieces"], async (tx) => {
    const { media_id } = row;
    await tx.objectStore("pieces").delete(piecesOf(media_id));
    await Promise.all(pieces.map((bytes, n) => tx.objectStore("pieces").put({ media_id, n, bytes })));
    await tx.objectStore("files").put(row);
  });
}

async function* slices(file: Blob): AsyncGenerator<Bytes> {
  for (let at = 0; at < file.size; at += PIECE) yield new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer());
}
