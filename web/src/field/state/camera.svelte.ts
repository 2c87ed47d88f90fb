/** The in-page camera: one stream for a whole row of photos, its own file by takePhoto, the light off unless asked. */
import type { Source } from "../../lib/schema";

export interface Taken {
  file: Blob;
  source: Source;
  takenAt: number;
}

const IDLE = 20_000; // ms without a viewer, then the camera is given back

type Photographer = { takePhoto(): Promise<Blob> };
type WithTorch = MediaTrackCapabilities & { torch?: boolean };

class PageCamera {
  stream = $state.raw<MediaStream | null>(null);
  refused = $state(false);
  hasTorch = $state(false);
  torch = $state(false);
  #idle: ReturnType<typeof setTimeout> | undefined;

  async open(torch: boolean): Promise<void> {
    clearTimeout(this.#idle);
    if (this.stream?.active) return;
    this.refused = false;
    const size = { width: { ideal: 4096 }, height: { ideal: 3072 } };
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", ...size } });
    } catch {
      this.refused = true;
      return;
    }
    const can = this.#track?.getCapabilities?.() as WithTorch | undefined;
    this.hasTorch = can?.torch === true;
    this.torch = false;
    if (torch) await this.light(true);
  }

  async light(on: boolean): Promise<void> {
    if (!this.hasTorch) return;
    const constraint = { advanced: [{ torch: on }] } as unknown as MediaTrackConstraints;
    await this.#track?.applyConstraints(constraint);
    this.torch = on;
  }

  /** The camera's own file; where a browser has none, a copy of the picture on the screen, and marked so. */
  async shoot(video: HTMLVideoElement): Promise<Taken> {
    const takenAt = Date.now();
    const track = this.#track;
    if (track && "ImageCapture" in window) {
      const Capture = (window as unknown as { ImageCapture: new (track: MediaStreamTrack) => Photographer }).ImageCapture;
      return { file: await new Capture(track).takePhoto(), source: "page", takenAt };
    }
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    const file = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.95));
    if (!file) throw new Error("the camera gave no picture");
    return { file, source: "canvas", takenAt };
  }

  /** Nobody looks any more: the camera is kept a little for the next photo, then given back. */
  rest(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.close(), IDLE);
  }

  close(): void {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.torch = false;
  }

  get #track(): MediaStreamTrack | undefined {
    return this.stream?.getVideoTracks()[0];
  }
}

export const camera = new PageCamera();
document.addEventListener("visibilitychange", () => document.hidden && camera.close());
