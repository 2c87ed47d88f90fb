/**
 * Looks at a copy of a photo, off the page's thread: is it sharp, and what would a small preview be? The original's
 * bytes are never touched.
 */
import { sharpness } from "./sharpness";

export interface Look {
  /** How sharp: the variance of the Laplacian over the copy. Null where the phone can't decode it. */
  sharp: number | null;
  preview: Blob | null;
}

const WIDE = 480; // pixels of the copy that is judged
const SMALL = 640; // pixels of the preview's long side
const QUALITY = 0.7;

addEventListener("message", (event: MessageEvent<{ id: number; file: Blob }>) => {
  const { id, file } = event.data;
  look(file).then(
    (found) => postMessage({ id, ...found }),
    () => postMessage({ id, sharp: null, preview: null }),
  );
});

async function look(file: Blob): Promise<Look> {
  const image = await createImageBitmap(file, { resizeWidth: SMALL, resizeQuality: "medium" });
  const preview = canvasOf(image, SMALL / Math.max(image.width, image.height));
  const judged = canvasOf(image, WIDE / image.width);
  image.close();
  const { data, width, height } = judged.context.getImageData(0, 0, judged.canvas.width, judged.canvas.height);
  const blob = await preview.canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  return { sharp: sharpness(data, width, height), preview: blob };
}

function canvasOf(image: ImageBitmap, factor: number) {
  const canvas = new OffscreenCanvas(Math.round(image.width * factor), Math.round(image.height * factor));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return { canvas, context };
}
