/** Whom to believe (C2SP tlog-policy): the logs' keys, the witnesses' keys, and the quorum that counts. */
import type { Bytes } from "../bytes";
import { type Believed, COSIGNATURE, ED25519, type Verifier, openNote, readVkey } from "./note";
import { BadProof } from "./proof-fault";

interface Group {
  name: string;
  threshold: number;
  members: string[];
}

export interface Policy {
  logs: Verifier[];
  witnesses: Map<string, Verifier>;
  groups: Group[];
  /** Names a witness, a group, or `none`. */
  quorum: string;
}

/** The policy of one log whose own signature suffices: what a phone pins when it enrols. */
export async function logAlone(logKeys: string[], witnessKeys: string[]): Promise<Policy> {
  const witnesses = new Map<string, Verifier>();
  for (const key of witnessKeys) {
    const verifier = await readVkey(key);
    witnesses.set(verifier.name, verifier);
  }
  return checked({ logs: await Promise.all(logKeys.map(readVkey)), witnesses, groups: [], quorum: "none" });
}

/** Reads a policy file; `BadProof` names the line that is wrong. */
export async function readPolicy(text: string): Promise<Policy> {
  const policy: Policy = { logs: [], witnesses: new Map(), groups: [], quorum: "" };
  const defined = new Set<string>();
  for (const [at, line] of text.split("\n").entries()) {
    const words = line.split(/[ \t]+/).filter((word) => word !== "");
    if (words.length === 0 || words[0]?.startsWith("#")) continue;
    const wrong = new BadProof("policy_malformed", `line ${at + 1}`);
    const [what, first = "", second = "", ...rest] = words;
    if (first === "") throw wrong;
    if (what === "log" && words.length <= 3) policy.logs.push(await readVkey(first));
    else if (what === "witness" && words.length >= 3 && words.length <= 4) {
      define(first, defined);
      policy.witnesses.set(first, await readVkey(second));
    } else if (what === "group" && rest.length > 0) {
      if (!rest.every((member) => defined.has(member))) throw wrong;
      policy.groups.push({ name: first, threshold: thresholdOf(second, rest.length), members: rest });
      define(first, defined);
    } else if (what === "quorum" && words.length === 2) {
      if (policy.quorum !== "") throw new BadProof("policy_quorum_wrong");
      if (first !== "none" && !defined.has(first)) throw wrong;
      policy.quorum = first;
    } else throw wrong;
  }
  if (policy.quorum === "") throw new BadProof("policy_quorum_wrong");
  return checked(policy);
}

/** Opens a checkpoint that one of the logs signed and the quorum cosigned; else `BadProof`. */
export async function openByPolicy(note: Bytes, policy: Policy): Promise<{ text: string; by: Believed[] }> {
  const opened = await openNote(note, [...policy.logs, ...policy.witnesses.values()]);
  if (!opened.by.some((one) => one.seconds === null)) throw new BadProof("not_signed");
  if (!satisfied(policy, opened.by)) throw new BadProof("quorum_missing", policy.quorum);
  return opened;
}

/** Whether the verified signatures hold the quorum's cosignatures. */
export function satisfied(policy: Policy, by: Believed[]): boolean {
  const cosigners = new Set(by.filter((one) => one.seconds !== null).map((one) => one.verifier));
  const witnessed = new Set<string>(["none"]);
  for (const [name, verifier] of policy.witnesses) if (cosigners.has(verifier)) witnessed.add(name);
  for (const { name, threshold, members } of policy.groups)
    if (members.filter((member) => witnessed.has(member)).length >= threshold) witnessed.add(name);
  return witnessed.has(policy.quorum);
}

function checked(policy: Policy): Policy {
  const witnesses = [...policy.witnesses.values()];
  const keysOf = (verifiers: Verifier[]) => new Set(verifiers.map((one) => String(one.publicKey)));
  if (policy.logs.some((one) => one.algorithm !== ED25519) || witnesses.some((one) => one.algorithm !== COSIGNATURE))
    throw new BadProof("policy_key_type_wrong");
  if (keysOf(policy.logs).size < policy.logs.length || keysOf(witnesses).size < witnesses.length)
    throw new BadProof("policy_key_twice");
  const listed = policy.groups.flatMap((group) => group.members);
  if (new Set(listed).size < listed.length) throw new BadProof("policy_members_wrong");
  return policy;
}

function thresholdOf(text: string, members: number): number {
  const number = text === "any" ? 1 : text === "all" ? members : /^[1-9][0-9]{0,5}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > members) throw new BadProof("policy_threshold_wrong", text);
  return number;
}

function define(name: string, defined: Set<string>): void {
  if (name === "none" || defined.has(name)) throw new BadProof("policy_name_wrong", name);
  defined.add(name);
}
