/** The phone's clock, and what is known of it. It never decides anything; it is told (protocol, section 11). */
import type { Clock } from "./schema";

/** One value per page load: elapsed times compare only within it. */
const SESSION = crypto.randomUUID();

/** RFC 3339, UTC, milliseconds. */
export const rfc3339 = (at: number): string => new Date(at).toISOString();

/** How far the phone was from the service, when it last asked. */
export interface Offset {
  server_offset_ms: number;
  measured_at: string;
}

export function clockNow(offset: Offset | null): Clock {
  return {
    server_offset_ms: offset?.server_offset_ms ?? null,
    measured_at: offset?.measured_at ?? null,
    session: SESSION,
    elapsed_ms: Math.floor(performance.now()),
  };
}

/** Server time minus phone time; the answer is taken to have been written halfway through the exchange. */
export function offsetOf(serverTime: string, asked: number, answered: number): Offset {
  const halfway = (asked + answered) / 2;
  return { server_offset_ms: Math.round(Date.parse(serverTime) - halfway), measured_at: rfc3339(answered) };
}

export const zoneHere = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
