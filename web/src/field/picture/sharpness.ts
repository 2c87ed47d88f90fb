/**
 * The variance of the Laplacian of a picture's brightness: small for a shaken or unfocused one.
 *
 * `rgba` holds four bytes a pixel. Edges make it large whatever the light; noise in the dark makes it larger too, so
 * a low value is a good reason to ask, and a high one proves nothing.
 */
export function sharpness(rgba: Uint8ClampedArray, width: number, height: number): number {
  const grey = new Float32Array(width * height);
  for (let n = 0; n < grey.length; n++) {
    grey[n] = 0.299 * (rgba[4 * n] ?? 0) + 0.587 * (rgba[4 * n + 1] ?? 0) + 0.114 * (rgba[4 * n + 2] ?? 0);
  }
  let sum = 0;
  let squares = 0;
  let count = 0;
  const at = (n: number): number => grey[n] ?? 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const n = y * width + x;
      const edge = at(n - 1) + at(n + 1) + at(n - width) + at(n + width) - 4 * at(n);
      sum += edge;
      squares += edge * edge;
      count += 1;
    }
  }
  return count ? squares / count - (sum / count) ** 2 : 0;
}

/** Below this a photo looks shaken: asked about, never refused. Found by trying sharp and blurred pictures. */
export const SHAKEN = 18;
