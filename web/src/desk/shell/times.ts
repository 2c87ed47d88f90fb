/** Times as a desk reads them: 24 hours, DD/MM/AAAA, in the zone asked for; never a guess about the reader's own. */
import { speech } from "../words/index.svelte";

const locale = (): string => (speech.language === "en" ? "en-GB" : "es-MX");

/** `zone` is an IANA name; the browser's own when none is given. */
export function when(at: string | null | undefined, zone?: string): string {
  if (!at) return "—";
  return new Intl.DateTimeFormat(locale(), {
    day: "2-digit",
    month: "2-digit",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(zone ? { timeZone: zone } : {}),
  }).format(new Date(at));
}

/** The hour alone, `06:40`. */
export function hour(at: string, zone?: string): string {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(zone ? { timeZone: zone } : {}) }).format(new Date(at));
}

/** How long ago, in the largest unit that says enough. */
export function ago(at: string | null | undefined, now = Date.now()): string {
  if (!at) return "—";
  const seconds = (Date.parse(at) - now) / 1000;
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "short" });
  for (const [unit, size] of [["day", 86_400], ["hour", 3_600], ["minute", 60]] as const)
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  return relative.format(0, "minute");
}

/** A day without an hour, `2026-11-24` as `24/11/2026`; anything else as it is. */
export function day(text: string): string {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return found ? `${found[3]}/${found[2]}/${found[1]}` : text;
}
