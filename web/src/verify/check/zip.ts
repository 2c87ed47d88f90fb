/**
 * Reads a zip without taking it into memory: the directory at its end, then each member as a stream (PKWARE's
 * APPNOTE 6.3.10, with Zip64). Stored and deflated members only. CRCs are left alone: the bag has better hashes.
 */
import type { Bytes } from "../../lib/bytes";
import { fromUtf8 } from "../../lib/bytes";
import { Fault } from "./fault";

const MOST_MEMBERS = 50_000;
const LARGEST_DIRECTORY = 64 * 1024 * 1024; // bytes
const LARGEST_WHOLE = 64 * 1024 ** 3; // bytes, unpacked
const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const LONGEST_TAIL = 22 + 0xffff;

/** Files by name. */
export interface Source {
  names(): string[];
  /** Bytes, unpacked. */
  size(name: string): number;
  /** The member's bytes in their order; throws when it can't be unpacked to exactly its size. */
  pieces(name: string): AsyncIterable<Bytes>;
}

interface Member {
  name: string;
  deflated: boolean;
  packed: number;
  size: number;
  at: number;
}

/** Opens a zip; `Fault` `bundle_unreadable` when it is none, or of a kind that nobody needs. */
export async function openZip(file: Blob, name: string): Promise<Source> {
  const refuse = (reason: string): never => {
    throw new Fault("bundle_unreadable", { file: name, reason });
  };
  try {
    const members = await directory(file, refuse);
    return new Zip(file, members);
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return refuse("cut short");
    throw error;
  }
}

class Zip implements Source {
  readonly #members: Map<string, Member>;

  constructor(
    readonly file: Blob,
    members: Member[],
  ) {
    this.#members = new Map(members.map((one) => [one.name, one]));
  }

  names(): string[] {
    return [...this.#members.keys()];
  }

  size(name: string): number {
    return this.#member(name).size;
  }

  async *pieces(name: string): AsyncIterable<Bytes> {
    const member = this.#member(name);
    const head = await view(this.file, member.at, 30);
    if (head.getUint32(0, true) !== LOCAL) throw new RangeError("no member here");
    const start = member.at + 30 + head.getUint16(26, true) + head.getUint16(28, true);
    const packed = this.file.slice(start, start + member.packed).stream() as ReadableStream<Bytes>;
    const bytes = member.deflated ? packed.pipeThrough(new DecompressionStream("deflate-raw")) : packed;
    let got = 0;
    const reader = bytes.getReader();
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        got += next.value.length;
        if (got > member.size) throw new RangeError("longer than it says");
        yield next.value as Bytes;
      }
    } finally {
      void reader.cancel().catch(() => undefined);
    }
    if (got !== member.size) throw new RangeError("shorter than it says");
  }

  #member(name: string): Member {
    const member = this.#members.get(name);
    if (!member) throw new RangeError(name);
    return member;
  }
}

type Refuse = (reason: string) => never;

async function directory(file: Blob, refuse: Refuse): Promise<Member[]> {
  const { count, length, at } = await ending(file, refuse);
  if (count > MOST_MEMBERS || length > LARGEST_DIRECTORY) refuse("too many files");
  const all = await view(file, at, length);
  const members: Member[] = [];
  for (let place = 0, number = 0; number < count; number++) {
    if (all.getUint32(place, true) !== CENTRAL) refuse("damaged directory");
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => all.getUint16(place + offset, true)) as [number, number, number];
    if (all.getUint16(place + 8, true) & 0x1) refuse("encrypted");
    const method = all.getUint16(place + 10, true);
    if (method !== 0 && method !== 8) refuse("packed in an unknown way");
    const raw = new Uint8Array(all.buffer, all.byteOffset + place + 46, nameLength);
    const wide = new DataView(all.buffer, all.byteOffset + place + 46 + nameLength, extra);
    members.push({ name: fromUtf8(raw), deflated: method === 8, ...sizes(all, place, wide) });
    place += 46 + nameLength + extra + comment;
  }
  const files = members.filter((one) => !one.name.endsWith("/"));
  if (new Set(files.map((one) => one.name)).size < files.length) refuse("two files of one name");
  // Members that share their bytes could unpack to more than anyone has time for.
  if (files.reduce((sum, one) => sum + one.packed, 0) > file.size) refuse("files that overlap");
  if (files.reduce((sum, one) => sum + one.size, 0) > LARGEST_WHOLE) refuse("too large");
  return files;
}

/** Sizes and place; a Zip64 extra field holds those that 32 bits can't, in this order. */
function sizes(all: DataView, place: number, extra: DataView): Pick<Member, "packed" | "size" | "at"> {
  const [packed, size, at] = [20, 24, 42].map((offset) => all.getUint32(place + offset, true)) as [number, number, number];
  let wide: DataView | null = null;
  for (let where = 0; where + 4 <= extra.byteLength; ) {
    const length = extra.getUint16(where + 2, true);
    if (extra.getUint16(where, true) === 1) wide = new DataView(extra.buffer, extra.byteOffset + where + 4, length);
    where += 4 + length;
  }
  let next = 0;
  const widened = (value: number): number => {
    if (value !== 0xffffffff) return value;
    if (!wide) throw new RangeError("no Zip64 field");
    next += 8;
    return whole(wide, next - 8);
  };
  const fullSize = widened(size);
  const fullPacked = widened(packed);
  return { size: fullSize, packed: fullPacked, at: widened(at) };
}

async function ending(file: Blob, refuse: Refuse): Promise<{ count: number; length: number; at: number }> {
  const from = Math.max(0, file.size - LONGEST_TAIL);
  const tail = await view(file, from, file.size - from);
  let place = tail.byteLength - 22;
  while (place >= 0 && tail.getUint32(place, true) !== END) place -= 1;
  if (place < 0) return refuse("no zip");
  const small = {
    count: tail.getUint16(place + 10, true),
    length: tail.getUint32(place + 12, true),
    at: tail.getUint32(place + 16, true),
  };
  const isWide = small.count === 0xffff || small.length === 0xffffffff || small.at === 0xffffffff;
  if (!isWide) return small;
  if (place < 20 || tail.getUint32(place - 20, true) !== LOCATOR_64) return refuse("damaged directory");
  const wide = await view(file, whole(tail, place - 12), 56);
  if (wide.getUint32(0, true) !== END_64) return refuse("damaged directory");
  return { count: whole(wide, 32), length: whole(wide, 40), at: whole(wide, 48) };
}

async function view(file: Blob, from: number, length: number): Promise<DataView> {
  const bytes = await file.slice(from, from + length).arrayBuffer();
  if (bytes.byteLength !== length) throw new RangeError("cut short");
  return new DataView(bytes);
}

function whole(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError("no such size");
  return Number(value);
}
