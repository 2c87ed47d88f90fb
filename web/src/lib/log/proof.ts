/** That an entry is in the log, from one text and without asking anyone (C2SP tlog-proof). */
import { type Bytes, utf8 } from "../bytes";
import { base64Of, decimal, hashOf } from "./lines";
import { leafHash, verifyInclusion } from "./merkle";
import { type Policy, openByPolicy } from "./policy";
import { BadProof } from "./proof-fault";

const HEADER = "c2sp.org/tlog-proof@v1";
const MAX_PATH = 63;

/** The head of a log at one size (C2SP tlog-checkpoint). */
export interface Checkpoint {
  origin: string;
  size: number;
  root: Bytes;
}

/** The entry stands at `index` of the tree of `checkpoint`, which `witnesses` have seen. */
export interface Proven {
  index: number;
  checkpoint: Checkpoint;
  witnesses: string[];
  /** The latest of the witnesses' times, seconds since 1970; null without witnesses. */
  seen_at: number | null;
}

/** Reads a note's text; `BadProof` when it is not of the form. */
export function readCheckpoint(text: string): Checkpoint {
  const [origin = "", size = "", root = "", ...rest] = text.split("\n");
  if (rest.at(-1) !== "" || origin === "" || rest.slice(0, -1).includes("")) throw new BadProof("checkpoint_malformed");
  return { origin, size: decimal(size), root: hashOf(root) };
}

/** Takes a proof's text apart, nothing believed. */
export function readProof(text: string): { index: number; path: Bytes[]; note: Bytes } {
  const end = text.indexOf("\n\n");
  const lines = text.slice(0, Math.max(end, 0)).split("\n");
  if (end < 0 || end + 2 >= text.length || lines.shift() !== HEADER) throw new BadProof("proof_malformed");
  if (lines[0]?.startsWith("extra ")) base64Of((lines.shift() ?? "").slice("extra ".length));
  const index = lines.shift();
  if (!index?.startsWith("index ")) throw new BadProof("proof_malformed", "no index");
  if (lines.length > MAX_PATH) throw new BadProof("proof_too_long");
  return { index: decimal(index.slice("index ".length)), path: lines.map(hashOf), note: utf8(text.slice(end + 2)) };
}

/** Verifies offline that the 32-byte `entryHash` is in a log of the policy; `BadProof` names what fails. */
export async function verifyProof(text: string, entryHash: Bytes, policy: Policy): Promise<Proven> {
  const { index, path, note } = readProof(text);
  const opened = await openByPolicy(note, policy);
  const checkpoint = readCheckpoint(opened.text);
  // The log's key name must be the origin, so that one log's key cannot speak for another log.
  if (!opened.by.some((one) => one.seconds === null && one.verifier.name === checkpoint.origin))
    throw new BadProof("origin_differs", checkpoint.origin);
  await verifyInclusion(await leafHash(entryHash), { index, size: checkpoint.size, path, root: checkpoint.root });
  const cosigned = opened.by.flatMap((one) => (one.seconds === null ? [] : [{ ...one, seconds: one.seconds }]));
  return {
    index,
    checkpoint,
    witnesses: cosigned.map((one) => one.verifier.name),
    seen_at: cosigned.length === 0 ? null : Math.max(...cosigned.map((one) => one.seconds)),
  };
}
