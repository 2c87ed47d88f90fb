/** Facts as text. A fact is a text, a code with its text, a quantity, a yes or no. */
import { shell } from "../words/index.svelte";
import { work } from "./words/index.svelte";

/** What to key or to read; empty when there is nothing. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value === true || value === "yes") return shell.now.common.yes;
  if (value === false || value === "no") return shell.now.common.no;
  if (Array.isArray(value)) return value.map(textOf).filter(Boolean).join(", ");
  if (typeof value !== "object") return String(value);
  const fact = value as Record<string, unknown>;
  if (fact["level"] === "urgent" || fact["level"] === "routine") return leveled(fact);
  if (typeof fact["code"] === "string") return [...new Set([fact["code"], fact["text"]])].filter(Boolean).join(" · ");
  if (typeof fact["text"] === "string") return fact["text"];
  if (typeof fact["n"] === "number") return fact["exact"] === false ? `≈ ${fact["n"]}` : String(fact["n"]);
  return Object.values(fact).map(textOf).filter(Boolean).join(" · ");
}

function leveled(fact: Record<string, unknown>): string {
  const word = fact["level"] === "urgent" ? work.now.urgent : work.now.routine;
  return [word, textOf(fact["justification"])].filter(Boolean).join(" · ");
}

/** The plain text of a fact, without its code: for lists. */
export function shortOf(value: unknown): string {
  const text = (value as { text?: unknown } | null)?.text;
  return typeof text === "string" && text ? text : textOf(value);
}

export function levelOf(priority: unknown): "urgent" | "routine" {
  const level = (priority as { level?: unknown } | null)?.level ?? priority;
  return level === "urgent" ? "urgent" : "routine";
}
