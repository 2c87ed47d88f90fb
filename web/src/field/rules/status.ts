/** The states of a request in the officer's words. A lead is never more than "there is a possible link". */
import { words } from "../../lib/words/later";

/** Ends of a lead, as the service names them. */
const LEAD_OVER: readonly string[] = ["eliminated", "inconclusive", "withdrawn"];

interface Heard {
  state: string;
  destination: string | null;
  result: string | null;
  serial_differs?: boolean;
}

/** What the officer reads of one request. */
export function statusWords(heard: Heard): string[] {
  return [...(heard.serial_differs ? [words.after.status.lab_serial] : []), statusWord(heard)];
}

export function statusWord({ state, destination, result }: Heard): string {
  const w = words.after.status;
  const lab = destination === "ballistics";
  if ((state === "answered" || state === "closed") && result) return lab && LEAD_OVER.includes(result) ? w.lead_over : resultWord(result);
  const known: Record<string, string> = {
    pending_review: w.with_supervisor,
    returned: w.returned,
    rejected: lab ? w.not_ballistic : w.not_traceable,
    awaiting_evidence: w.waiting_photos,
    queued: lab ? w.queue_lab : w.queue_desk,
    leased: lab ? w.in_lab : w.in_desk,
    in_progress: lab ? w.in_lab : w.in_desk,
    needs_information: w.question,
    answered: w.answered,
    closed: w.closed,
    withdrawn: w.withdrawn,
    dead_letter: w.stuck,
  };
  return known[state] ?? w.with_supervisor;
}

function resultWord(code: string): string {
  const w = words.after.status;
  const known: Record<string, string> = {
    lead: w.lead,
    hit: w.hit,
    confirmed: w.hit,
    no_association: w.no_association,
    unsuitable: w.unsuitable,
    report: w.report,
  };
  return known[code] ?? w.answer_mp;
}
