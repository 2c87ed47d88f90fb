/** What else a supervisor may do with a request, by its state (protocol, section 6); the service decides again. */
import { api } from "../shell/session.svelte";
import { ifMatch } from "../shell/etag";
import type { Group, Request } from "./case.svelte";

export type ActName = "reopen" | "withdraw" | "reroute" | "putback" | "release" | "answer" | "provisional" | "view";

const ACTS: Record<string, readonly ActName[]> = {
  returned: ["reopen"],
  rejected: ["reopen"],
  awaiting_evidence: ["release"],
  queued: ["reroute", "withdraw"],
  leased: ["withdraw"],
  in_progress: ["withdraw"],
  needs_information: ["answer", "withdraw"],
  dead_letter: ["putback", "reroute", "withdraw"],
};

/** Where a laboratory has the approved request: it can take a photo that the officer no longer can. */
const AT_LABORATORY: readonly string[] = ["queued", "leased", "in_progress", "needs_information"];

/** Whether this person rejected the request last: another one opens it again. */
export function rejectedBy(group: Group, person: string | undefined): boolean {
  const last = group.requests[0]?.agency.decisions?.filter((one) => one.kind === "reject").at(-1);
  return group.state === "rejected" && last !== undefined && last.person_id === person;
}

interface Reader {
  /** Who captured may send what is urgent without an approval, where the agency allows it, and nothing else. */
  own: boolean;
  /** The officer has handed the item over. */
  gone: boolean;
  person: string | undefined;
}

export function actsFor(group: Group, { own, gone, person }: Reader): readonly ActName[] {
  const urgent = group.state === "pending_review" && group.requests.every((one) => one.submission.urgency === 0);
  const provisional: readonly ActName[] = urgent ? ["provisional"] : [];
  const view: readonly ActName[] = gone && group.destination === "ballistics" && AT_LABORATORY.includes(group.state) ? ["view"] : [];
  const usual = rejectedBy(group, person) ? [] : (ACTS[group.state] ?? []);
  return own ? provisional : [...provisional, ...view, ...usual];
}

/** Whether the service asks for a fresh factor: for everything that decides where a request goes. */
export const isDecision = (name: ActName): boolean => name !== "answer" && name !== "view";

/** One request; `text` is the reason or the answer, `media` the files that it goes without, or the view that is asked for. */
export async function carryOut(name: ActName, request: Request, text: string, media: string[]): Promise<void> {
  const path = { submission_id: request.submission.id };
  if (name === "reroute") await api.POST("/api/v1/submissions/{submission_id}/reroute", { params: { path } });
  else if (name === "answer") await api.POST("/api/v1/submissions/{submission_id}/information", { params: { path }, body: { text, supplement: null } });
  else if (name === "view") await api.POST("/api/v1/submissions/{submission_id}/views", { params: { path }, body: { view: media[0] as "serial_closeup", text } });
  else if (name === "withdraw") await api.POST("/api/v1/submissions/{submission_id}/withdraw", { params: { path }, body: { reason: text } });
  else if (name === "putback") await api.POST("/api/v1/submissions/{submission_id}/putback", { params: { path }, body: { reason: text } });
  else if (name === "provisional") await sendProvisional(request, text);
  else await decide(request, { decision: name, reason: text, note: null, media, marks: [] });
}

const findingsSeen = ({ agency }: Request): number => Math.max(0, ...(agency.findings ?? []).map((one) => one.number));

async function sendProvisional(request: Request, reason: string): Promise<void> {
  const { submission } = request;
  await api.POST("/api/v1/submissions/{submission_id}/provisional", {
    params: { path: { submission_id: submission.id }, header: ifMatch(`"${submission.version}"`) },
    body: { digest: submission.digest, findings_seen: findingsSeen(request), reason },
  });
}

export interface Verdict {
  decision: "approve" | "return" | "reject" | "reopen" | "release";
  reason: string | null;
  note: string | null;
  media: string[];
  marks: Record<string, unknown>[];
}

/** A decision over exactly the version and digest that were seen; `opened` names the amber warnings that were. */
export async function decide(request: Request, verdict: Verdict, opened: Iterable<string> = []): Promise<void> {
  const { submission } = request;
  await api.POST("/api/v1/submissions/{submission_id}/decision", {
    params: { path: { submission_id: submission.id }, header: ifMatch(`"${submission.version}"`) },
    body: {
      ...verdict,
      digest: submission.digest,
      findings_seen: findingsSeen(request),
      reading: null,
      opened: [...opened],
    },
  });
}
