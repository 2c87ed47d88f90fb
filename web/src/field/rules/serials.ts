/**
 * Serial numbers on the phone: what two readings say, where they differ, which characters to ask about.
 * The same rules as evidence/domain/serials.py; shared vectors keep them so.
 */
export const UNREADABLE = "?";
export const LOOKALIKES = ["0O", "1IL", "2Z", "5S", "8B"] as const;

/** Upper case, decimal digits of any script as ASCII, no separators; `?` stays. */
export function normalise(text: string): string {
  const plain = text.normalize("NFKC").toUpperCase().normalize("NFKC");
  let kept = "";
  for (const char of plain) {
    if (char === UNREADABLE) kept += char;
    else if (/\p{Nd}/u.test(char)) kept += decimal(char);
    else if (/[\p{L}\p{N}]/u.test(char)) kept += char;
  }
  return kept;
}

/** The value of a decimal digit of any script: they come in runs of ten that begin at zero. */
function decimal(char: string): string {
  const code = char.codePointAt(0) ?? 48;
  let zero = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1)) && code - zero < 9) zero -= 1;
  return String(code - zero);
}

/** Whether two readings of one photo say the same; case and separators don't count, look-alikes do. */
export function readingsAgree(one: string, other: string): boolean {
  return normalise(one) === normalise(other);
}

/** Places of the first reading where the second reads differently; from the first difference on if lengths differ. */
export function differing(one: string, other: string): number[] {
  const first = [...normalise(one)];
  const second = [...normalise(other)];
  const places = first.flatMap((char, at) => (at < second.length && char !== second[at] ? [at] : []));
  if (first.length === second.length) return places;
  return [places[0] ?? Math.min(first.length, second.length)];
}

export interface LookAlike {
  at: number;
  character: string;
  others: string;
}

/** The characters that the officer is asked about once. */
export function lookalikes(marked: string): LookAlike[] {
  return [...normalise(marked)].flatMap((character, at) => {
    const group = LOOKALIKES.find((one) => one.includes(character));
    return group ? [{ at, character, others: group.replace(character, "") }] : [];
  });
}

/** Eight digits and a hyphen: a US licensee's number, also on a privately made firearm that a licensee marked. */
export function isLicenseeForm(marked: string): boolean {
  return /^\s*[0-9]{8}\s*[-‐‑–]\s*[\p{L}\p{N}_]/u.test(marked.normalize("NFKC"));
}

/** Odd enough to look at the photo again: no digit, very short or long, or a caliber taken for a number. Amber only. */
export function isOdd(marked: string): boolean {
  const text = normalise(marked);
  if (!text) return false;
  const caliber = /^([0-9]{1,2}MM|[0-9]{1,3}X[0-9]{2}(MM)?)$/.test(text);
  return !/[0-9]/.test(text) || text.length < 3 || text.length > 20 || caliber;
}

/** The text with the character at a normalised place replaced; separators stay where they are. */
export function replaceAt(marked: string, at: number, character: string): string {
  let place = -1;
  return [...marked]
    .map((char) => {
      if (normalise(char)) place += 1;
      return place === at && normalise(char) ? character : char;
    })
    .join("");
}
