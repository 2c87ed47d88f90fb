/** What the phone keeps: one IndexedDB database, its rows, and transactions that reach the disk before they end. */
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames, openDB } from "idb";
import type { Draft } from "./draft";
import type { Bytes } from "./bytes";
import type { AgencyRules } from "./rules";
import type { PublicJwk } from "./schema";

/** ArrayBuffers of this size, not Blobs: WebKit loses Blobs, and a small row is written or it is not. Bytes. */
export const PIECE = 256 * 1024;
const NAME = "casquillo";
const VERSION = 1;

/** What the service said of itself at enrolment; verifying a receipt trusts these keys and those that they hand on. */
export interface Pinned {
  service_id: string;
  /** vkeys (C2SP signed-note): the log's, of which any suffices, and the witnesses'. */
  log_keys: string[];
  witness_keys: string[];
  /** P-256, for rescue files. */
  rescue_key: PublicJwk | null;
}

/** One officer on this handset: own key, own chain. */
export interface EnrolmentRow {
  device_id: string;
  officer_id: string;
  agency_id: string;
  state: "pending" | "active" | "closed";
  label: string;
  officer_name: string;
  officer_code: string;
  agency_name: string;
  key: CryptoKey;
  public_jwk: PublicJwk;
  pinned: Pinned;
  enrolled_at: string;
  /** The chain: the newest number, and the hash of the payload that bears it. */
  seq: number;
  head: string | null;
  lock: LockRow | null;
  /** The agency's rules as last heard; absent on phones enrolled before there were any. */
  rules?: AgencyRules;
}

/** The reading key, wrapped by what the PIN derives. */
export interface LockRow {
  salt: Bytes;
  iterations: number;
  iv: Bytes;
  wrapped: ArrayBuffer;
  failures: number;
  /** Milliseconds: after too many wrong PINs, not before. */
  not_before: number;
  passkey?: PasskeyRow;
}

/** The same reading key, wrapped by what a passkey of this phone derives from the salt. */
export interface PasskeyRow {
  credential_id: Bytes;
  salt: Bytes;
  iv: Bytes;
  wrapped: ArrayBuffer;
}

export interface FileRow {
  media_id: string;
  capture_id: string;
  sha256: string;
  size: number;
  content_type: string;
  pieces: number;
  kept_at: string;
}

export interface PieceRow {
  media_id: string;
  n: number;
  bytes: ArrayBuffer;
}

/** withheld: the officer took the document back before this file left; no byte of it is sent. */
export type FileState = "waiting" | "sent" | "safe" | "lost" | "withheld";

/** Where one file of a signed capture stands; `safe` only after a verified receipt said so. */
export interface OutboxFile {
  media_id: string;
  sha256: string;
  size: number;
  state: FileState;
  problem: string | null;
  /** Bytes of its chunks once it goes in chunks: other borders would void what has got through. */
  chunk: number | null;
}

/** facts: not acknowledged; files: facts are in; checking: all sent, no receipt yet; done: receipt verified. */
export type OutboxStage = "facts" | "files" | "checking" | "done";

/** A signed document on its way. Nothing but a receipt (or, for a statement, its acknowledgement) ends it. */
export interface OutboxRow {
  /** The document's hash: two documents may bear one capture id. */
  sha256: string;
  kind: "capture" | "statement";
  /** capture_id or statement_id. */
  id: string;
  device_id: string;
  seq: number;
  signed_at: string;
  folio: string | null;
  jws: string;
  stage: OutboxStage;
  files: OutboxFile[];
  /** Why it waits for a person; the others go on without it. */
  stuck: { code: string; at: string } | null;
  /** Set when the service keeps another version beside this one. */
  conflict: boolean;
  problems: string[];
  facts_in_at: string | null;
  files_in_at: string | null;
  receipt_at: string | null;
  attempts: number;
  /** Milliseconds; not before. */
  next_at: number;
}

/** What the officer may read again after sending: sealed for the one who knows the PIN. */
export interface HistoryRow {
  sha256: string;
  capture_id: string;
  device_id: string;
  folio: string;
  signed_at: string;
  seq: number;
  iv: Bytes;
  /** AES-GCM of the payload's bytes; in the clear (iv empty) where the enrolment has no PIN. */
  payload: ArrayBuffer;
}

export interface PreviewRow {
  media_id: string;
  capture_id: string;
  device_id: string;
  iv: Bytes;
  /** A small JPEG: in the clear while a draft (iv empty), sealed from signing on. */
  image: ArrayBuffer;
  until: number | null;
}

export interface ReceiptRow {
  sha256: string;
  capture_id: string;
  device_id: string;
  received_at: string;
  /** As the service sent it, to be shown and verified again by anyone. */
  receipt: unknown;
  log_index: number;
}

export interface Schema extends DBSchema {
  enrolments: { key: string; value: EnrolmentRow };
  drafts: { key: string; value: Draft; indexes: { device: string } };
  files: { key: string; value: FileRow; indexes: { capture: string } };
  pieces: { key: [string, number]; value: PieceRow };
  previews: { key: string; value: PreviewRow; indexes: { capture: string } };
  outbox: { key: string; value: OutboxRow; indexes: { device: string } };
  history: { key: string; value: HistoryRow; indexes: { device: string } };
  receipts: { key: string; value: ReceiptRow };
  settings: { key: string; value: unknown };
}

export type Store = IDBPDatabase<Schema>;
export type Name = StoreNames<Schema>;
export type Writing<Names extends Name[]> = IDBPTransaction<Schema, Names, "readwrite">;

export class StorageFailed extends Error {
  /** `storage_full`, `storage_failed`, or `storage_lied`: what was read back is not what was written. */
  constructor(readonly code: "storage_full" | "storage_failed" | "storage_lied") {
    super(code);
  }
}

/** Opens the phone's database, and makes it at the first visit. */
export function openStore(name: string = NAME): Promise<Store> {
  return openDB<Schema>(name, VERSION, {
    upgrade(made) {
      made.createObjectStore("enrolments", { keyPath: "device_id" });
      made.createObjectStore("drafts", { keyPath: "capture_id" }).createIndex("device", "device_id");
      made.createObjectStore("files", { keyPath: "media_id" }).createIndex("capture", "capture_id");
      made.createObjectStore("pieces", { keyPath: ["media_id", "n"] });
      made.createObjectStore("previews", { keyPath: "media_id" }).createIndex("capture", "capture_id");
      made.createObjectStore("outbox", { keyPath: "sha256" }).createIndex("device", "device_id");
      made.createObjectStore("history", { keyPath: "sha256" }).createIndex("device", "device_id");
      made.createObjectStore("receipts", { keyPath: "sha256" });
      made.createObjectStore("settings");
    },
    // Another tab with a newer build waits for us; the outbox must not be held up by an old page.
    blocking: (_old, _new, event) => (event.target as IDBDatabase).close(),
  });
}

/** Runs `work` in one transaction that is on the disk when this returns; `StorageFailed` when it is not. */
export async function write<Names extends Name[], T>(
  store: Store,
  names: Names,
  work: (tx: Writing<Names>) => Promise<T>,
): Promise<T> {
  const tx = store.transaction(names, "readwrite", { durability: "strict" });
  try {
    const [done] = await Promise.all([work(tx), tx.done]);
    return done;
  } catch (error) {
    tx.done.catch(() => undefined);
    try {
      tx.abort();
    } catch {
      // It has ended by itself.
    }
    throw storageFault(error);
  }
}

/** A full disk and a broken one are told apart; anything that is no storage fault stays what it is. */
function storageFault(error: unknown): unknown {
  const name = error instanceof DOMException || error instanceof Error ? error.name : "";
  if (name === "QuotaExceededError") return new StorageFailed("storage_full");
  if (["AbortError", "UnknownError", "DataError", "TransactionInactiveError"].includes(name))
    return new StorageFailed("storage_failed");
  return error;
}

export async function setting<T>(store: Store, name: string): Promise<T | undefined> {
  return (await store.get("settings", name)) as T | undefined;
}

export async function keepSetting(store: Store, name: string, value: unknown): Promise<void> {
  await store.put("settings", value, name);
}
