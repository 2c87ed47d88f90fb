/** Light over a measured surface: the plane taken off, slopes once, then one pass for each direction of the light. */
import type { Surface } from "./x3p";

export interface Relief {
  width: number;
  height: number;
  /** Slopes along x and y, scaled so that few are steeper than 45 degrees; NaN where nothing was measured. */
  sx: Float32Array;
  sy: Float32Array;
}

const FLAT = 1e-4; // slopes below are the noise of the numbers, not a surface

/** `level` takes the best plane off first. */
export function reliefOf(surface: Surface, level: boolean): Relief {
  const { width, height, dx, dy } = surface;
  const z = level ? levelled(surface) : surface.z;
  const sx = new Float32Array(z.length);
  const sy = new Float32Array(z.length);
  const steep: number[] = [];
  const at = (row: number, column: number) => z[row * width + column] ?? NaN;
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const here = row * width + column;
      const left = Math.max(0, column - 1);
      const right = Math.min(width - 1, column + 1);
      const up = Math.max(0, row - 1);
      const down = Math.min(height - 1, row + 1);
      const known = Number.isFinite(at(row, column));
      const x = (at(row, right) - at(row, left)) / ((right - left) * dx);
      const y = (at(down, column) - at(up, column)) / ((down - up) * dy);
      // No slope beside a gap: an edge of what was measured is not an edge of the thing.
      sx[here] = known ? (Number.isFinite(x) ? x : 0) : NaN;
      sy[here] = known ? (Number.isFinite(y) ? y : 0) : NaN;
      if (here % 7 === 0 && Number.isFinite(x) && Number.isFinite(y)) steep.push(Math.hypot(x, y));
    }
  steep.sort((a, b) => a - b);
  const scale = 1 / Math.max(steep[Math.floor(steep.length * 0.92)] ?? 0, FLAT);
  return { width, height, sx: sx.map((slope) => slope * scale), sy: sy.map((slope) => slope * scale) };
}

/** Heights without the plane of least squares. */
function levelled({ width, z }: Surface): Float32Array {
  let [n, x1, y1, z1, xx, yy, xy, xz, yz] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  z.forEach((value, at) => {
    if (!Number.isFinite(value)) return;
    const x = at % width;
    const y = Math.floor(at / width);
    n++;
    x1 += x;
    y1 += y;
    z1 += value;
    xx += x * x;
    yy += y * y;
    xy += x * y;
    xz += x * value;
    yz += y * value;
  });
  if (n < 3) return z;
  const [mx, my, mz] = [x1 / n, y1 / n, z1 / n];
  const [cxx, cyy, cxy, cxz, cyz] = [xx / n - mx * mx, yy / n - my * my, xy / n - mx * my, xz / n - mx * mz, yz / n - my * mz];
  const det = cxx * cyy - cxy * cxy;
  const a = det ? (cxz * cyy - cyz * cxy) / det : 0;
  const b = det ? (cyz * cxx - cxz * cxy) / det : 0;
  return z.map((value, at) => value - mz - a * ((at % width) - mx) - b * (Math.floor(at / width) - my));
}

const MISSING = [58, 66, 84] as const; // a colour that no shade of grey can be

/** `azimuth` degrees clockwise from the top, `elevation` degrees above the surface, `strength` of the relief. */
export function light(relief: Relief, into: ImageData, azimuth: number, elevation: number, strength: number): void {
  const a = (azimuth * Math.PI) / 180;
  const e = (elevation * Math.PI) / 180;
  const lx = Math.sin(a) * Math.cos(e);
  const ly = -Math.cos(a) * Math.cos(e);
  const lz = Math.sin(e);
  const { sx, sy } = relief;
  for (let at = 0; at < sx.length; at++) {
    const x = (sx[at] ?? NaN) * strength;
    const y = (sy[at] ?? NaN) * strength;
    const known = Number.isFinite(x);
    const grey = known ? Math.max(0, (lz - x * lx - y * ly) / Math.sqrt(1 + x * x + y * y)) * 255 : 0;
    into.data[at * 4] = known ? grey : MISSING[0];
    into.data[at * 4 + 1] = known ? grey : MISSING[1];
    into.data[at * 4 + 2] = known ? grey : MISSING[2];
    into.data[at * 4 + 3] = 255;
  }
}
