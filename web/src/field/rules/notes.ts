/** What the screens remember of a draft beside its facts. Kept with the draft, never signed. */
import type { Draft } from "../../lib/draft";
import type { Block } from "./numbering";

export type SecondWay = "partner" | "after_sealing" | "supervisor";

export interface Notes {
  /** Steps that were answered or passed over. */
  seen: string[];
  /** Table mode: many guns in an assembly line. */
  table: boolean;
  /** The numbers of this phone at this scene, and where counting began. */
  block: Block;
  from: number;
  /** The overview shows the number markers, so it stands for the photos in place. */
  shared: boolean;
  /** Photos that the camera lost, by step. */
  losses: Record<string, number>;
  /** Who makes the second reading, by item. */
  second: Record<string, SecondWay>;
  /** The signed serials that a correction began with, by item: shown struck through beside the new ones. */
  before: Record<string, string>;
  /** A second reading that is still hidden from comparison, by item. */
  partner: Record<string, string>;
}

const EMPTY: Notes = {
  seen: [],
  table: false,
  block: { first: 1, last: 49 },
  from: 1,
  shared: false,
  losses: {},
  second: {},
  before: {},
  partner: {},
};

export function notesOf(draft: Pick<Draft, "screen">): Notes {
  return { ...EMPTY, ...(draft.screen as Partial<Notes>) };
}

export function note<D extends Pick<Draft, "screen">>(draft: D, change: Partial<Notes>): D {
  return { ...draft, screen: { ...notesOf(draft), ...change } };
}

export function see<D extends Pick<Draft, "screen">>(draft: D, step: string): D {
  const { seen } = notesOf(draft);
  return seen.includes(step) ? draft : note(draft, { seen: [...seen, step] });
}
