/** Sizes and times as people read them. */
export function bytesInWords(bytes: number): string {
  const [unit, divisor] = bytes < 1e6 ? ["kB", 1e3] : bytes < 1e9 ? ["MB", 1e6] : ["GB", 1e9];
  return `${(bytes / divisor).toFixed(bytes < 1e3 ? 2 : 1)} ${unit}`;
}

/** `2026-05-03 05:41:07 UTC` of an RFC 3339 time. */
export function timeInWords(instant: string): string {
  return `${instant.slice(0, 19).replace("T", " ")} UTC`;
}
