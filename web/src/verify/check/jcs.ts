/**
 * RFC 8785 of what somebody else wrote. Unlike `lib/canonical`, which refuses what a phone may not sign, this spells
 * whatever JSON holds: JavaScript's own spelling of texts and numbers is the one that the RFC took.
 */
import { type Bytes, utf8 } from "../../lib/bytes";

const DEEPEST = 64;

/** The bytes of `value`; `RangeError` for nesting beyond 64. */
export function jcs(value: unknown): Bytes {
  return utf8(spelled(value, 0));
}

function spelled(value: unknown, depth: number): string {
  if (depth > DEEPEST) throw new RangeError("nested too deep");
  if (Array.isArray(value)) return `[${value.map((one) => spelled(one, depth + 1)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = value as Record<string, unknown>;
  // The default order of sort() is by UTF-16 unit, as the RFC asks.
  const spelledMembers = Object.keys(members)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${spelled(members[name], depth + 1)}`);
  return `{${spelledMembers.join(",")}}`;
}
