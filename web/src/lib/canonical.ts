/** The one spelling of a signed payload: RFC 8785 (JCS) within the limits of protocol, section 4. */
import { type Bytes, utf8 } from "./bytes";

export const MAX_DEPTH = 16;
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/; // tab and line ends are text

/** What can't be signed; `code` is the service's own code for the same fault. */
export class NotCanonical extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

/** Text as it may be signed: NFC, without control characters but tab and line ends, line ends as `\n`. */
export function cleanText(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(new RegExp(CONTROL, "g"), "").toWellFormed().normalize("NFC");
}

/** The JCS bytes of an object. `NotCanonical` for decimals, big numbers, unclean text or nesting beyond 16. */
export function canonical(value: object): Bytes {
  return utf8(spelled(value, 1));
}

function spelled(value: unknown, depth: number): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return text(value);
  if (typeof value === "number") return integer(value);
  if (typeof value !== "object") throw new NotCanonical("payload_json");
  if (depth > MAX_DEPTH) throw new NotCanonical("payload_depth");
  if (Array.isArray(value)) return `[${value.map((one) => spelled(one, depth + 1)).join(",")}]`;
  // Members that are undefined are not there. The default order of sort() is by UTF-16 unit, as JCS asks.
  const names = Object.keys(value).filter((name) => (value as Record<string, unknown>)[name] !== undefined);
  const members = names.sort().map((name) => `${text(name)}:${spelled((value as Record<string, unknown>)[name], depth + 1)}`);
  return `{${members.join(",")}}`;
}

function text(value: string): string {
  if (!value.isWellFormed()) throw new NotCanonical("payload_surrogate");
  if (CONTROL.test(value)) throw new NotCanonical("payload_control");
  if (value !== value.normalize("NFC")) throw new NotCanonical("payload_not_nfc");
  return JSON.stringify(value);
}

function integer(value: number): string {
  if (!Number.isInteger(value)) throw new NotCanonical("payload_float");
  if (!Number.isSafeInteger(value)) throw new NotCanonical("payload_integer");
  return String(value === 0 ? 0 : value); // minus zero is zero
}
