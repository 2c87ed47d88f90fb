/** How the photo is looked at: zoom, place, contrast, inversion, and a region that is being marked. */

export interface Region {
  x: number;
  y: number;
  w: number;
  h: number;
}

const LARGEST = 8;
const STEP = 60; // pixels an arrow key moves
const NUDGE = 20; // thousandths of the photo

class Look {
  zoom = $state(1);
  left = $state(0);
  top = $state(0);
  contrast = $state(false);
  invert = $state(false);
  region = $state.raw<Region | null>(null);

  whole(): void {
    this.zoom = 1;
    this.left = this.top = 0;
  }

  nearer(step: 1 | -1): void {
    this.zoom = Math.min(LARGEST, Math.max(1, this.zoom * (step > 0 ? 1.5 : 1 / 1.5)));
    if (this.zoom < 1.01) this.whole();
  }

  pan(x: number, y: number): void {
    if (this.zoom === 1) return;
    this.left += x;
    this.top += y;
  }

  fresh(): void {
    this.whole();
    this.contrast = this.invert = false;
    this.region = null;
  }

  startRegion(): void {
    this.region = { x: 380, y: 380, w: 240, h: 240 };
  }

  /** Arrows move the region, with Shift they change its size; else they move the photo. True when it was one. */
  arrow(key: string, shift: boolean): boolean {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key] ?? [];
    if (x === undefined || y === undefined) return false;
    const now = this.region;
    if (!now) this.pan(-x * STEP, -y * STEP);
    else if (shift) this.region = { ...now, w: within(now.w + x * NUDGE, 20, 1000 - now.x), h: within(now.h + y * NUDGE, 20, 1000 - now.y) };
    else this.region = { ...now, x: within(now.x + x * NUDGE, 0, 1000 - now.w), y: within(now.y + y * NUDGE, 0, 1000 - now.h) };
    return true;
  }
}

const within = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

export const look = new Look();
