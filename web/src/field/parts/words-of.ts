/** Small phrases that many screens make out of words and facts. */
import { words } from "../../lib/words/index.svelte";
import { runs } from "../../lib/runs";

/** "2 a 6", "1", "1 y 4 a 6". */
export function range(numbers: readonly string[]): string {
  const parts = runs(numbers).map(([first = "", last]) => (last ? words.common.to(first, last) : first));
  const last = parts.pop() ?? "";
  return parts.length ? words.common.and(parts.join(", "), last) : last;
}

/** "2–6": where room is short. */
export function span(numbers: readonly string[]): string {
  return runs(numbers)
    .map(([first, last]) => (last ? `${first}–${last}` : first))
    .join(", ");
}

/** "hace 20 segundos", coarser with age. */
export function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 2) return words.common.now;
  if (seconds < 90) return words.common.seconds(seconds);
  if (seconds < 90 * 60) return words.common.minutes(Math.round(seconds / 60));
  if (seconds < 36 * 3600) return words.common.hours(Math.round(seconds / 3600));
  return words.common.days(Math.round(seconds / 86400));
}

export function agoOf(time: string): string {
  return ago(Date.now() - Date.parse(time));
}

/** "23:41" of today, "24/11 23:41" of another day, by the phone's clock. */
export function clockTime(time: string): string {
  const at = new Date(time);
  const two = (n: number) => String(n).padStart(2, "0");
  const hour = `${two(at.getHours())}:${two(at.getMinutes())}`;
  const today = new Date().toDateString() === at.toDateString();
  return today ? hour : `${two(at.getDate())}/${two(at.getMonth() + 1)} ${hour}`;
}

/** "+26 h 10 min": how far the phone is ahead (plus) or behind, from server minus phone in milliseconds. */
export function clockDifference(offsetMs: number): string {
  const sign = offsetMs > 0 ? "−" : "+";
  return sign + duration(Math.abs(offsetMs));
}

export function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const hours = Math.floor(minutes / 60);
  if (!hours) return `${minutes} min`;
  return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
}
