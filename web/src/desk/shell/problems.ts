import { ProblemError, Unreachable } from "../../lib/problems";
import { shell } from "../words/index.svelte";
import { PasskeyGivenUp } from "./webauthn";

/** What went wrong, in the reader's language. */
export function problemWord(error: unknown): string {
  const w = shell.now.problems;
  if (error instanceof Unreachable) return error.code === "silent" ? w.silent : w.offline;
  if (error instanceof PasskeyGivenUp) return shell.now.passkey[error.code];
  if (error instanceof ProblemError) return w.known[error.code] ?? w.other(error.code);
  return w.other(error instanceof Error ? error.message : String(error));
}

/** Whether what was seen is no longer what is there (409 over another digest or state, 412 over another version). */
export function isStale(error: unknown): boolean {
  return (
    error instanceof ProblemError &&
    (error.status === 412 || (error.status === 409 && ["digest_changed", "wrong_state", "findings_unseen"].includes(error.code)))
  );
}
