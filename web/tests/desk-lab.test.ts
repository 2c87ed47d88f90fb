/** The console's own arithmetic: time to crime, light over a surface, a surface read from its file. */
import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { light, reliefOf } from "../src/desk/lab/shade";
import { readX3p } from "../src/desk/lab/x3p";
import { timeToCrime } from "../src/desk/trace/time";
import { csvOf } from "../src/desk/holding/csv";

describe("time to crime", () => {
  it("counts whole years and the days that are left", () => {
    expect(timeToCrime("2019-11-20", "2026-11-24T12:00:00Z")).toEqual({ days: 2561, years: 7, rest: 4, late: false });
    expect(timeToCrime("2020-02-29", "2021-02-28")).toEqual({ days: 365, years: 0, rest: 365, late: false });
    expect(timeToCrime("2026-11-24", "2026-11-24")).toEqual({ days: 0, years: 0, rest: 0, late: false });
  });
  it("knows a purchase after the recovery, and says nothing of a day that is none", () => {
    expect(timeToCrime("2027-01-01", "2026-11-24")?.late).toBe(true);
    expect(timeToCrime("", "2026-11-24")).toBeNull();
    expect(timeToCrime("2019-13-40", "2026-11-24")).toBeNull();
  });
});

describe("a list as a file", () => {
  it("quotes, and runs nothing in a spreadsheet", () => {
    expect(csvOf([['say "no"', "=1+1"]])).toBe('\ufeff"say ""no""","\'=1+1"\r\n');
  });
});

/** A small archive with the members given, as an X3P is. */
function archive(members: Record<string, Uint8Array>, pack: boolean): Uint8Array<ArrayBuffer> {
  const parts: Buffer[] = [];
  const entries: Buffer[] = [];
  let at = 0;
  for (const [name, data] of Object.entries(members)) {
    const packed = pack ? deflateRawSync(data) : Buffer.from(data);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(pack ? 8 : 0, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(data.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    entries.push(entry, Buffer.from(name));
    parts.push(local, Buffer.from(name), packed);
    at += 30 + name.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(members).length, 10);
  end.writeUInt32LE(at, 16);
  return new Uint8Array(Buffer.concat([...parts, ...entries, end]));
}

function description(width: number, height: number): Uint8Array {
  const axis = (name: string, type: string, kind: string, step: string) =>
    `<${name}><AxisType>${type}</AxisType><DataType>${kind}</DataType><Increment>${step}</Increment></${name}>`;
  const axes = axis("CX", "I", "D", "2e-6") + axis("CY", "I", "D", "2e-6") + axis("CZ", "A", "F", "1");
  return new TextEncoder().encode(
    `<p:ISO5436_2 xmlns:p="x"><Record1><Axes>${axes}</Axes></Record1><Record3><MatrixDimension><SizeX>${width}</SizeX><SizeY>${height}</SizeY>` +
      `</MatrixDimension><DataLink><PointDataLink>bindata/data.bin</PointDataLink><ValidPointsLink>bindata/valid.bin</ValidPointsLink></DataLink></Record3></p:ISO5436_2>`,
  );
}

function points(...heights: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(heights).buffer);
}

describe("a surface", () => {
  const members = {
    "main.xml": description(3, 2),
    "bindata/data.bin": points(0, 1, 2, 3, NaN, 5),
    "bindata/valid.bin": Uint8Array.of(0b011111),
  };
  it.each([true, false])("is read with its gaps (packed: %s)", async (pack) => {
    const surface = await readX3p(archive(members, pack));
    expect([surface.width, surface.height, surface.dx]).toEqual([3, 2, 2e-6]);
    expect([...surface.z]).toEqual([0, 1, 2, 3, NaN, NaN]);
  });
  it("with fewer points than it describes is refused", async () => {
    await expect(readX3p(archive({ ...members, "bindata/data.bin": points(0, 1) }, true))).rejects.toThrow("points are missing");
    await expect(readX3p(archive({ ...members, "main.xml": description(90_000, 90_000) }, true))).rejects.toThrow("not to be drawn");
    await expect(readX3p(new Uint8Array(40))).rejects.toThrow("not an archive");
  });
  it("is bright towards the light and dark away from it; a plane that was taken off is flat", () => {
    const z = Float32Array.from({ length: 25 }, (_, at) => (at % 5) * 1e-6); // rises to the right
    const slope = { width: 5, height: 5, z, dx: 1e-6, dy: 1e-6 };
    const shade = (level: boolean, azimuth: number) => {
      const picture = { data: new Uint8ClampedArray(100), width: 5, height: 5 } as unknown as ImageData;
      light(reliefOf(slope, level), picture, azimuth, 45, 1);
      return picture.data[4 * 12] ?? 0;
    };
    expect(shade(false, 270)).toBeGreaterThan(shade(false, 90) + 50);
    expect(Math.abs(shade(true, 270) - shade(true, 90))).toBeLessThan(3);
  });
});
