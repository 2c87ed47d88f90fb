/** Where the phone is, from the first question until signing. The best fix is kept with its own time. */
import type { Draft } from "../../lib/draft";
import { rfc3339 } from "../../lib/clock";

type Fix = NonNullable<Draft["position"]>;
export type Missing = "no_signal" | "denied" | "switched_off";

class Position {
  fix = $state.raw<Fix | null>(null);
  missing = $state<Missing | null>(null);
  #watch: number | null = null;

  /** Looks from now on; asks the officer for leave the first time. */
  start(): void {
    if (this.#watch !== null) return;
    if (!("geolocation" in navigator)) {
      this.missing = "switched_off";
      return;
    }
    const how = { enableHighAccuracy: true, maximumAge: 0, timeout: 20_000 };
    this.#watch = navigator.geolocation.watchPosition(
      (found) => this.#take(found),
      (refused) => {
        this.missing = refused.code === refused.PERMISSION_DENIED ? "denied" : "no_signal";
      },
      how,
    );
  }

  again(): void {
    this.stop();
    this.start();
  }

  stop(): void {
    if (this.#watch !== null) navigator.geolocation.clearWatch(this.#watch);
    this.#watch = null;
  }

  forget(): void {
    this.stop();
    this.fix = null;
    this.missing = null;
  }

  #take(found: GeolocationPosition): void {
    const { latitude, longitude, accuracy } = found.coords;
    const fix: Fix = {
      lat: decimal(latitude),
      lon: decimal(longitude),
      accuracy_m: Math.ceil(accuracy),
      fixed_at: rfc3339(found.timestamp),
    };
    this.missing = null;
    if (!this.fix || fix.accuracy_m <= this.fix.accuracy_m) this.fix = fix;
  }
}

/** Decimal degrees as the manifest writes them: six places, no exponent, no minus before zero. */
export function decimal(degrees: number): string {
  const text = degrees.toFixed(6);
  return Number(text) === 0 ? "0.000000" : text;
}

export const position = new Position();
