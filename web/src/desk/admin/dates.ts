/** What a `datetime-local` field holds, as the service takes it; null when it is empty. */
export function instantOf(local: string): string | null {
  return local ? new Date(local).toISOString() : null;
}

/** The other way, in the browser's own zone, to the minute. */
export function localOf(instant: string | null | undefined): string {
  if (!instant) return "";
  const at = new Date(instant);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
