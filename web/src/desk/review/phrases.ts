/** Codes of the service in the reader's words. */
import { MAKES } from "../../field/rules/codes";
import { runs } from "../../lib/runs";
import { codes, named } from "../holding/words/index.svelte";
import { speech } from "../words/index.svelte";
import type { Gap, Item, Warning, WarningLine } from "./case.svelte";
import { shown } from "./differences";
import { TYPES } from "./supplement";
import { words } from "./words";

const WITH_VIEW = ["view_not_arrived", "view_released", "view_missing", "agency_view_missing"] as const;

export function viewWord(view: string): string {
  return words.now.view[view] ?? view;
}

export function warningWord({ code, about }: Pick<Warning, "code" | "about">): string {
  const text = words.now.warnings.text;
  const withView = WITH_VIEW.find((one) => one === code);
  if (withView) return text[withView](viewWord(about ?? "").toLocaleLowerCase());
  if (code === "serial_photo_quarantined") return text.serial_photo_quarantined();
  if (code === "seal_used_before") return text.seal_used_before(about ?? "");
  if (code === "number_twice") return text.number_twice(...((about ?? "").split("|") as [string, string]));
  return text.plain[code] ?? code.replaceAll("_", " ");
}

export function warningsWord({ code, abouts }: WarningLine): string {
  const text = words.now.warnings.text;
  if (code === "view_not_opened") return text.view_not_opened(abouts.map((one) => viewWord(one).toLocaleLowerCase()).join(", "));
  if (code === "lookalike_unconfirmed") return text.lookalike_unconfirmed(abouts.join(", "));
  const word = warningWord({ code, about: abouts[0] || null });
  return abouts.length > 1 ? `${word} (${abouts.length})` : word;
}

export function gapWord(gap: Gap): string {
  return gap.code.endsWith("view_missing") ? warningWord({ code: gap.code, about: gap.field }) : warningWord({ code: gap.code, about: null });
}

export function kindWord(kind: string): string {
  return (words.now.kind as Record<string, string>)[kind] ?? kind;
}

export function stateWord(state: string): string {
  return (words.now.state as Record<string, string>)[state] ?? state;
}

export function destinationWord(destination: string): string {
  return (words.now.destination as Record<string, string>)[destination] ?? destination;
}

/** `1`, or `2 a 6 (5)`; what does not follow stands apart: `2, 4 a 6 (3)`. */
export function numbersWord(items: readonly Pick<Item, "number">[]): string {
  return runs(items.map((one) => one.number))
    .map(([first = "", last]) => (last ? words.now.items.range(first, last, Number(last) - Number(first) + 1) : first))
    .join(", ");
}

/** Items of one kind as one line, in the order of the kinds: `2 a 6 (5) Casquillo · 9x19`. */
export function itemLines(items: readonly (Pick<Item, "number" | "kind"> & { make?: string | null; caliber?: string | null })[]): string[] {
  const by = new Map<string, (typeof items)[number][]>();
  for (const item of items) by.set(item.kind, [...(by.get(item.kind) ?? []), item]);
  return [...by].map(([kind, alike]) => {
    const maker = MAKES.find((one) => one.code === alike[0]?.make);
    const make = kind === "privately_made_firearm" ? "" : (maker?.name ?? alike[0]?.make); // the kind says it already
    const facts = [make, alike[0]?.caliber].filter(Boolean).join(" · ");
    return `${numbersWord(alike)} ${kindWord(kind)}${facts ? ` · ${facts}` : ""}`;
  });
}

/** A fact's value; a bare code is said in words where a list knows it: `PI · Semi-automatic pistol`. */
export function factWord(name: string, value: unknown): string {
  const text = shown(value);
  if (name === "recovery.began") return named(words.now.facts.began, text);
  if (name === "firearm.form") return named(codes.now.one, text);
  if (name === "pmf.type") return named(codes.now.pmf, text);
  if (name === "pmf.how_made") return named(codes.now.how_made, text);
  const code = (value as { code?: string } | null)?.code ?? text;
  if (name === "firearm.make" && code === "PMG") return `PMG · ${words.now.facts.privately_made}`;
  const type = name === "firearm.type" ? TYPES.find((one) => one.code === code) : undefined;
  return type ? `${type.code} · ${type[speech.language]}` : text;
}
