/** What differs between two answers of the same review, as a person would look for it. */
import type { Review } from "./case.svelte";

export interface Difference {
  /** A word of `stale.fields`, or a fact's own name. */
  field: string;
  about: string;
  was: string;
  is: string;
}

export const shown = (value: unknown): string => {
  if (value === null || value === undefined || value === "") return "—";
  if (typeof value !== "object") return String(value);
  const { text, code, level, n } = value as Record<string, unknown>;
  return String(text ?? code ?? level ?? n ?? JSON.stringify(value));
};

export function differences(former: Review, now: Review): Difference[] {
  const found: Difference[] = [];
  const add = (field: string, about: string, was: unknown, is: unknown) => {
    if (shown(was) !== shown(is)) found.push({ field, about, was: shown(was), is: shown(is) });
  };
  add("manifest", "", former.head?.sha256?.toString().slice(0, 8), now.head?.sha256?.toString().slice(0, 8));
  for (const one of now.submissions) {
    const before = former.submissions.find((other) => other.submission.id === one.submission.id);
    const number = now.items.find((item) => item.id === one.submission.item_id)?.number ?? "";
    const about = `${number} ${one.submission.destination}`;
    add("state", about, before?.submission.state, one.submission.state);
    add("digest", about, before?.submission.digest.slice(0, 8), one.submission.digest.slice(0, 8));
    add("supplement", about, before?.agency.supplements?.length, one.agency.supplements?.length);
    add("finding", about, before?.agency.findings?.length, one.agency.findings?.length);
  }
  for (const item of now.items) {
    const before = former.items.find((one) => one.id === item.id);
    // A serial that was hidden and no longer is was not changed by anybody.
    for (const fact of item.facts) {
      if (fact.name === "serial.examiners") continue; // ids; who read it stands beside the serial
      const known = before?.facts.find((one) => one.name === fact.name);
      if (!known?.hidden) add(fact.name, item.number, known?.value, fact.value);
    }
  }
  add("media", "", former.media.length, now.media.length);
  return found;
}
