import { words } from "./words/index.svelte";

/** A gap as the meter names it: a line of the form, a photo, the packing; its code when nobody named it. */
export function gapWord(gap: string, views: Record<string, string>): string {
  const line = words.now.form_lines[gap];
  if (line) return /^\d/.test(gap) ? `${gap} · ${line}` : line;
  return views[gap] ? words.now.photo(views[gap]) : gap;
}
