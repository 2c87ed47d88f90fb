/** From purchase to recovery, in whole years and the days that are left; null unless both days are known. */
export interface TimeToCrime {
  days: number;
  years: number;
  rest: number;
  late: boolean;
}

const DAY_MS = 86_400_000;

/** Both as `YYYY-MM-DD`; what follows the day is left out. */
export function timeToCrime(purchased: string, recovered: string): TimeToCrime | null {
  const [from, to] = [purchased.slice(0, 10), recovered.slice(0, 10)].map((text) => new Date(`${text}T00:00:00Z`)) as [Date, Date];
  if (Number.isNaN(from.getTime()) || Number.isNaN(to.getTime())) return null;
  const days = Math.round((to.getTime() - from.getTime()) / DAY_MS);
  if (days < 0) return { days, years: 0, rest: 0, late: true };
  let years = to.getUTCFullYear() - from.getUTCFullYear();
  if (anniversary(from, years) > to.getTime()) years--;
  return { days, years, rest: Math.round((to.getTime() - anniversary(from, years)) / DAY_MS), late: false };
}

function anniversary(from: Date, years: number): number {
  return Date.UTC(from.getUTCFullYear() + years, from.getUTCMonth(), from.getUTCDate());
}
