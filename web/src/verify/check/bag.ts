/** BagIt (RFC 8493) with SHA-256: every payload file has its hash, and no file is beside them. */
import { fromUtf8, joined } from "../../lib/bytes";
import { sha256OfPieces } from "../../lib/hash";
import { Fault } from "./fault";
import type { Source } from "./zip";

const LARGEST_TEXT = 32 * 1024 * 1024; // bytes: no entry, index or list of ours comes near

/** Bytes hashed so far, and all of them. */
export type Progress = (done: number, total: number) => void;

/** A bag whose hashes hold: its payload, without `data/`. */
export class Bag {
  constructor(
    readonly source: Source,
    readonly hashes: Map<string, string>,
  ) {}

  paths(folder: string): string[] {
    return [...this.hashes.keys()].filter((path) => path.startsWith(folder)).sort();
  }

  async text(path: string): Promise<string> {
    if (!this.hashes.has(path)) throw new Fault("file_missing", { file: path });
    return textOf(this.source, `data/${path}`);
  }

  async json(path: string): Promise<Record<string, unknown>> {
    const text = await this.text(path);
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    } catch {
      // said below
    }
    throw new Fault("json_malformed", { file: path });
  }
}

export async function checkBag(source: Source, progress: Progress): Promise<Bag> {
  const tags = await sums(source, "tagmanifest-sha256.txt");
  const payload = await sums(source, "manifest-sha256.txt");
  const present = new Set(source.names());
  const all = new Map([...tags, ...payload]);
  const listed = new Set([...all.keys(), "tagmanifest-sha256.txt"]);
  for (const name of [...listed].sort()) if (!present.has(name)) throw new Fault("file_missing", { file: name });
  for (const name of [...present].sort()) if (!listed.has(name)) throw new Fault("file_extra", { file: name });
  const total = [...all.keys()].reduce((sum, name) => sum + source.size(name), 0);
  let done = 0;
  for (const [name, expected] of [...all].sort()) {
    const counted = counting(source.pieces(name), (bytes) => progress((done += bytes), total));
    const found = await sha256OfPieces(counted, source.size(name)).catch(() => "");
    if (found !== expected) throw new Fault("file_changed", { file: name });
  }
  const hashes = [...payload].filter(([name]) => name.startsWith("data/"));
  return new Bag(source, new Map(hashes.map(([name, value]) => [name.slice("data/".length), value])));
}

async function sums(source: Source, name: string): Promise<Map<string, string>> {
  if (!source.names().includes(name)) throw new Fault("not_a_bag", { file: name });
  const found = new Map<string, string>();
  for (const line of (await textOf(source, name)).split(/\r?\n/)) {
    if (line === "") continue;
    const [, value, path] = /^(\S+)\s+(\S.*)$/.exec(line) ?? [];
    if (value === undefined || path === undefined) throw new Fault("bag_malformed", { file: name });
    found.set(path.trim().replaceAll("%0A", "\n").replaceAll("%0D", "\r"), value.toLowerCase());
  }
  return found;
}

async function textOf(source: Source, name: string): Promise<string> {
  if (source.size(name) > LARGEST_TEXT) throw new Fault("bag_malformed", { file: name });
  const pieces = [];
  try {
    for await (const piece of source.pieces(name)) pieces.push(piece);
    return fromUtf8(joined(...pieces));
  } catch {
    throw new Fault("bag_malformed", { file: name });
  }
}

async function* counting<T extends { length: number }>(pieces: AsyncIterable<T>, count: (bytes: number) => void): AsyncIterable<T> {
  for await (const piece of pieces) {
    count(piece.length);
    yield piece;
  }
}
