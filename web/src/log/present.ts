/** The present checkpoint and policy, fetched and checked here. */
import { base64, utf8 } from "../lib/bytes";
import { openNote } from "../lib/log/note";
import { readPolicy } from "../lib/log/policy";
import { readCheckpoint } from "../lib/log/proof";

export interface Present {
  note: string;
  policy: string;
  origin: string;
  size: number;
  root: string;
  witnesses: string[];
  former: { name: string; url: string }[];
  /** Why the signature is not believed; null when it is. */
  fault: string | null;
}

/** Throws when the service can't be reached, or has no checkpoint yet. */
export async function fetchPresent(): Promise<Present> {
  const [note, policy] = await Promise.all([textAt("/log/checkpoint"), textAt("/log/policy")]);
  const { origin, size, root } = readCheckpoint(`${note.split("\n\n")[0]}\n`);
  const present = { note, policy, origin, size, root: base64(root), former: formerIn(policy, origin) };
  try {
    const { logs, witnesses } = await readPolicy(policy);
    const { by } = await openNote(utf8(note), [...logs, ...witnesses.values()]);
    const signed = by.some((one) => one.seconds === null && one.verifier.name === origin);
    const cosigned = by.filter((one) => one.seconds !== null).map((one) => one.verifier.name);
    return { ...present, witnesses: cosigned, fault: signed ? null : "not_signed" };
  } catch (error) {
    return { ...present, witnesses: [], fault: error instanceof Error ? error.message : "" };
  }
}

async function textAt(address: string): Promise<string> {
  const answer = await fetch(address, { cache: "no-store" });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.text();
}

/** Logs of other names than the present one's, with the addresses at which they stay readable. */
function formerIn(policy: string, present: string): { name: string; url: string }[] {
  const lines = policy.split("\n").filter((line) => line.startsWith("log "));
  const all = lines.map((line) => line.split(/\s+/)).map(([, vkey = "", url = ""]) => ({ name: vkey.split("+")[0] ?? "", url }));
  return all.filter((one, place) => one.name !== present && all.findIndex((other) => other.name === one.name) === place);
}
