/** A queue's clock in words and a colour; never a colour alone. */
import { ago } from "../shell/times";
import { speech } from "../words/index.svelte";
import type { QueueItem } from "./types";
import { named, work } from "./words/index.svelte";

export interface ClockWords {
  kind: "good" | "warn" | "stop" | "note" | "quiet";
  text: string;
}

const DAY_MS = 86_400_000;
const HOUR = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;

function say(at: Date, parts: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(speech.language === "en" ? "en-GB" : "es-MX", parts).format(at);
}

export function clockOf(row: QueueItem, now = Date.now()): ClockWords {
  const w = work.now.clock;
  if (row.lead_since) return { kind: "warn", text: w.lead(ago(row.lead_since, now)) };
  if (row.answered_at && ["answered", "closed"].includes(row.state)) return { kind: "quiet", text: named(work.now.state, row.state) };
  if (row.pause) return { kind: "note", text: w.paused(named(work.now.pause.reason, row.pause.reason)) };
  if (row.destination === "ballistics" && ["expected", "in_transit"].includes(row.physical))
    return { kind: "quiet", text: w.item(ago(row.queued_at, now)) };
  if (!row.due_at) return { kind: "quiet", text: w.none };
  const due = new Date(row.due_at);
  const day = { weekday: "short", day: "2-digit", month: "2-digit", ...HOUR } as const;
  if (due.getTime() < now) return { kind: "stop", text: w.late(say(due, day)) };
  const days = Math.round((midnight(due) - midnight(new Date(now))) / DAY_MS);
  if (days === 0) return { kind: "warn", text: w.today(say(due, HOUR)) };
  if (days === 1) return { kind: "good", text: w.tomorrow(say(due, HOUR)) };
  return { kind: "good", text: w.on(say(due, day)) };
}

/** The term of somebody who is held: its hours run by day and night, and no pause stops them. */
export function termOf(row: QueueItem, now = Date.now()): ClockWords | null {
  if (!row.detainee_due_at || ["closed", "withdrawn"].includes(row.state)) return null;
  const w = work.now.term;
  const left = new Date(row.detainee_due_at).getTime() - now;
  const at = say(new Date(row.detainee_due_at), { weekday: "short", ...HOUR });
  if (left < 0) return { kind: "quiet", text: w.over(at) };
  return { kind: left < DAY_MS / 2 ? "stop" : "warn", text: w.left(lasting(Math.floor(left / 1000)), at) };
}

function midnight(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

/** Seconds as the largest units that say enough: `3 h 20 min`. */
export function lasting(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  if (hours >= 24) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours ? `${hours} h ${minutes} min` : `${minutes} min`;
}
