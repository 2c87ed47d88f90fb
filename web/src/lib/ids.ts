/** Identifiers: UUIDv7 (RFC 9562) and the short folio that a person can say and write (protocol, section 11). */
import { fromHex } from "./bytes";
import { sha256 } from "./hash";

const ALPHABET = "34679ACDEFGHJKMNPQRTUVWXY"; // without 0 O 1 I L 2 Z 5 S 8 B

/** A UUIDv7 of a time in milliseconds and ten random bytes. */
export function uuid7(at: number = Date.now(), random: Uint8Array = crypto.getRandomValues(new Uint8Array(10))): string {
  const time = Math.floor(at).toString(16).padStart(12, "0");
  const tail = Array.from(random.subarray(0, 10), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const variant = (parseInt(tail.slice(4, 5), 16) & 0x3) | 0x8;
  return `${time.slice(0, 8)}-${time.slice(8)}-7${tail.slice(1, 4)}-${variant.toString(16)}${tail.slice(5, 8)}-${tail.slice(8)}`;
}

/** `K7QD-39MX-WHT`: ten digits in base 25 of the id's hash, and a check character. */
export async function folioOf(captureId: string): Promise<string> {
  let number = 0n;
  for (const byte of await sha256(fromHex(captureId.replaceAll("-", "")))) number = (number << 8n) | BigInt(byte);
  const digits: number[] = [];
  for (let place = 0; place < 10; place++) {
    digits.unshift(Number(number % 25n));
    number /= 25n;
  }
  const text = [...digits, checkOf(digits)].map((digit) => ALPHABET[digit]).join("");
  return `${text.slice(0, 4)}-${text.slice(4, 8)}-${text.slice(8)}`;
}

/** Whether a spoken or typed folio has the right form and check character; hyphens, spaces and case are ignored. */
export function folioIsValid(text: string): boolean {
  const digits = Array.from(text.toUpperCase().replace(/[- ]/g, ""), (letter) => ALPHABET.indexOf(letter));
  return digits.length === 11 && !digits.includes(-1) && checkOf(digits.slice(0, 10)) === digits[10];
}

function checkOf(digits: number[]): number {
  return digits.reduce((sum, digit, place) => sum + digit * (place + 1), 0) % 25;
}
