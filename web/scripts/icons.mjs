// Draws the app's icon as PNG, so that no picture file has to be kept beside icon.svg: same shapes, same colours.
import { crc32, deflateSync } from "node:zlib";

export const ICONS = [180, 192, 512];

const GROUND = [0x0b, 0x0d, 0x0e];
const MARK = [0xf4, 0xb7, 0x40];
const SHIELD = [[96, 26], [146, 46], [146, 94], [137, 130], [118, 154], [96, 166], [74, 154], [55, 130], [46, 94], [46, 46]];
const CASE = [[84, 132], [84, 76], [87, 61], [96, 50], [105, 61], [108, 76], [108, 132], [112, 132], [112, 146], [80, 146], [80, 132]];
const STROKE = 5; // half of the outline's width, in the 192 units of the drawing

function inside(points, x, y) {
  let within = false;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [xi, yi] = points[i];
    const [xj, yj] = points[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) within = !within;
  }
  return within;
}

function nearOutline(points, x, y) {
  return points.some(([ax, ay], i) => {
    const [bx, by] = points[(i + 1) % points.length];
    const along = Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)));
    return Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)) <= STROKE;
  });
}

function chunk(type, data) {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, "latin1");
  data.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}

/** A square PNG of `size` pixels, without transparency: launchers cut their own mask. */
export function drawIcon(size) {
  const rows = Buffer.alloc(size * (size * 3 + 1));
  const samples = [0.25, 0.75];
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      let hits = 0;
      for (const dy of samples)
        for (const dx of samples) {
          const [x, y] = [((column + dx) * 192) / size, ((row + dy) * 192) / size];
          if (nearOutline(SHIELD, x, y) || inside(CASE, x, y)) hits++;
        }
      const at = row * (size * 3 + 1) + 1 + column * 3;
      for (let band = 0; band < 3; band++) rows[at + band] = Math.round(GROUND[band] + ((MARK[band] - GROUND[band]) * hits) / 4);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
