/**
 * Reads the heights of an X3P surface (ISO 25178-72) that the service has checked already, for looking at only.
 * Sizes that the file states are held to limits again: a browser's tab is a small place.
 */
import type { Bytes } from "../../lib/bytes";

export interface Surface {
  width: number;
  height: number;
  /** Row by row, in metres; NaN where nothing was measured. */
  z: Float32Array;
  /** Metres between two points along x and y. */
  dx: number;
  dy: number;
}

const LONGEST = 720; // points of the longer side that are drawn
const MOST = 96 * 1024 * 1024; // bytes of one member, unpacked
const TYPES = { I: [2, "getInt16"], L: [4, "getInt32"], F: [4, "getFloat32"], D: [8, "getFloat64"] } as const;

/** Throws when the file is none, is too large to draw, or keeps its points as text. */
export async function readX3p(file: Bytes): Promise<Surface> {
  const members = directory(file);
  const main = members.find((one) => one.name === "main.xml" || one.name.endsWith("/main.xml"));
  if (!main) throw new Error("no main.xml");
  const text = new TextDecoder().decode(await unpacked(file, main));
  const width = Number(one(text, "SizeX"));
  const height = Number(one(text, "SizeY"));
  const link = one(text, "PointDataLink");
  const data = members.find((member) => member.name === link || member.name.endsWith(`/${link}`));
  if (!data) throw new Error("no points");
  const [z, y, x] = ["CZ", "CY", "CX"].map((axis) => block(text, axis)) as [string, string, string];
  const kind = TYPES[one(z, "DataType") as keyof typeof TYPES];
  if (!kind || !(width > 1 && height > 1) || width * height * kind[0] > MOST) throw new Error("not to be drawn");
  const scale = one(z, "AxisType") === "I" ? Number(one(z, "Increment") || 1) : 1;
  const bytes = await unpacked(file, data);
  if (bytes.length < width * height * kind[0]) throw new Error("points are missing");
  const dx = Math.abs(Number(one(x, "Increment"))) || 1;
  const dy = Math.abs(Number(one(y, "Increment"))) || dx;
  const mask = one(text, "ValidPointsLink");
  const listed = mask ? members.find((member) => member.name === mask || member.name.endsWith(`/${mask}`)) : undefined;
  const valid = listed ? await unpacked(file, listed) : null;
  return shrunk(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), { width, height, kind, scale, dx, dy, valid });
}

interface Grid {
  width: number;
  height: number;
  kind: (typeof TYPES)[keyof typeof TYPES];
  scale: number;
  dx: number;
  dy: number;
  /** A bit a point, the lowest first; null when every point counts. */
  valid: Bytes | null;
}

/** Means of blocks of measured points, so that at most `LONGEST` are drawn along a side. */
function shrunk(view: DataView, { width, height, kind, scale, dx, dy, valid }: Grid): Surface {
  const factor = Math.ceil(Math.max(width, height) / LONGEST);
  const columns = Math.ceil(width / factor);
  const rows = Math.ceil(height / factor);
  const sums = new Float64Array(columns * rows);
  const counts = new Uint32Array(columns * rows);
  const [size, read] = kind;
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const point = row * width + column;
      const value = view[read](point * size, true);
      if (!Number.isFinite(value) || (valid && !((valid[point >> 3] ?? 0) & (1 << (point & 7))))) continue;
      const at = Math.floor(row / factor) * columns + Math.floor(column / factor);
      sums[at] = (sums[at] ?? 0) + value * scale;
      counts[at] = (counts[at] ?? 0) + 1;
    }
  const z = Float32Array.from(sums, (sum, at) => (counts[at] ? sum / (counts[at] ?? 1) : NaN));
  return { width: columns, height: rows, z, dx: dx * factor, dy: dy * factor };
}

/** The first element of a name, without its tags; main.xml is small, and was parsed by the service before. */
function block(text: string, name: string): string {
  return new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([\\s\\S]*?)</(?:\\w+:)?${name}>`).exec(text)?.[1] ?? "";
}

function one(text: string, name: string): string {
  return block(text, name).trim();
}

interface Member {
  name: string;
  method: number;
  packed: number;
  size: number;
  at: number;
}

/** The members by the archive's own directory at its end. */
function directory(file: Bytes): Member[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  let end = file.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw new Error("not an archive");
  const members: Member[] = [];
  let at = view.getUint32(end + 16, true);
  for (let left = Math.min(view.getUint16(end + 10, true), 256); left > 0 && view.getUint32(at, true) === 0x02014b50; left--) {
    const lengths = [28, 30, 32].map((offset) => view.getUint16(at + offset, true)) as [number, number, number];
    members.push({
      name: new TextDecoder().decode(file.subarray(at + 46, at + 46 + lengths[0])).replaceAll("\\", "/"),
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      at: view.getUint32(at + 42, true),
    });
    at += 46 + lengths[0] + lengths[1] + lengths[2];
  }
  return members;
}

async function unpacked(file: Bytes, member: Member): Promise<Bytes> {
  if (member.size > MOST) throw new Error("too large to draw");
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const from = member.at + 30 + view.getUint16(member.at + 26, true) + view.getUint16(member.at + 28, true);
  const bytes = file.subarray(from, from + member.packed);
  if (member.method === 0) return bytes;
  if (member.method !== 8) throw new Error("packed in a way that browsers do not know");
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const whole = new Uint8Array(member.size);
  let at = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    if (at + read.value.length > member.size) throw new Error("more than the archive says");
    whole.set(read.value, at);
    at += read.value.length;
  }
  return whole.subarray(0, at);
}
