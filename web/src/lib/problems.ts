/** What can go wrong on the way to the service: an answer with a code, or no answer. Screens put codes into words. */

/** RFC 9457, as the service answers it. */
export interface Problem {
  status: number;
  code: string;
  retry: "never" | "later" | "after_update";
  errors?: Record<string, string[]>;
}

export class ProblemError extends Error {
  readonly status: number;
  readonly code: string;
  readonly retry: Problem["retry"];
  readonly errors: Record<string, string[]>;

  constructor(
    problem: Problem,
    /** Seconds that the service asks us to wait. */
    readonly retry_after_s: number | null = null,
  ) {
    super(`${problem.status} ${problem.code}`);
    this.status = problem.status;
    this.code = problem.code;
    this.retry = problem.retry;
    this.errors = problem.errors ?? {};
  }
}

/** Nobody answered: no network, a cut connection, a silence that was too long. Nothing is known to have happened. */
export class Unreachable extends Error {
  constructor(readonly code: "offline" | "cut" | "silent" = "cut") {
    super(code);
  }
}

/** The problem in an answer; a proxy's own page becomes a problem that may pass. */
export async function problemOf(answer: Response): Promise<ProblemError> {
  const after = Number(answer.headers.get("Retry-After"));
  const wait = Number.isFinite(after) && after > 0 ? after : null;
  try {
    const body = (await answer.clone().json()) as Partial<Problem>;
    if (typeof body.code === "string")
      return new ProblemError({ ...body, status: answer.status, code: body.code, retry: body.retry ?? "never" }, wait);
  } catch {
    // Not ours.
  }
  return new ProblemError({ status: answer.status, code: "foreign_answer", retry: "later" }, wait);
}
