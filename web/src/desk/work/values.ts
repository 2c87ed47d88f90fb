/** Facts as text. A fact is a text, a code with its text, a quantity, a yes or no. */
import { shell } from "../words/index.svelte";

/** What to key or to read; empty when there is nothing. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? shell.now.common.yes : shell.now.common.no;
  if (Array.isArray(value)) return value.map(textOf).filter(Boolean).join(", ");
  if (typeof value !== "object") return String(value);
  const fact = value as Record<string, unknown>;
  if (typeof fact["code"] === "string") return [fact["code"], fact["text"]].filter(Boolean).join(" · ");
  if (typeof fact["text"] === "string") return fact["text"];
  if (typeof fact["n"] === "number") return fact["exact"] === false ? `≈ ${fact["n"]}` : String(fact["n"]);
  return Object.values(fact).map(textOf).filter(Boolean).join(" · ");
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
