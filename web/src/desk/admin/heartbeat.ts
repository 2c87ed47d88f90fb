/** What a phone said of itself on its last contact (schema device-session-1); `received_at` is the service's own. */
export interface Beat {
  unsent: number;
  oldest_unsent_at: string | null;
  storage: { persisted: boolean | null };
  app: string;
  at: string;
  received_at: string;
}

/** Null for a phone that has never been in contact. */
export function beatOf(heartbeat: Record<string, unknown>): Beat | null {
  return typeof heartbeat["received_at"] === "string" ? (heartbeat as unknown as Beat) : null;
}

/** Whole seconds by which the phone's clock is ahead, the message's way included. */
export function offsetOf(beat: Beat): number {
  return Math.round((Date.parse(beat.at) - Date.parse(beat.received_at)) / 1000);
}
