import { words as review } from "../review/words";

/** A reason of a return as the supervisor chose it; a code without a word stays as it is. */
export function phraseOfReason(reason: string): string {
  return (review.now.decide.reasons as Record<string, string>)[reason] ?? reason;
}
