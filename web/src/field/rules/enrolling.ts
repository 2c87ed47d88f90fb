/** Enrolling: the code in an administrator's QR, and PINs that anybody would try first. */

/** `casquillo-enrol:CODE` of a QR, or a bare code; null for anything else. */
export function readCode(text: string): string | null {
  const found = /^(?:casquillo-enrol:)?([A-Za-z0-9_-]{4,200})$/.exec(text.trim());
  return found?.[1] ?? null;
}

/** One digit six times, a run up or down, or two or three digits repeated. */
export function isWeakPin(pin: string): boolean {
  const digits = [...pin].map(Number);
  const steps = digits.slice(1).map((digit, n) => digit - (digits[n] ?? 0));
  const even = steps.every((step) => step === steps[0]) && Math.abs(steps[0] ?? 9) <= 1;
  return even || /^(\d{2})\1\1$/.test(pin) || /^(\d{3})\1$/.test(pin);
}
