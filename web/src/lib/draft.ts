/** A capture that is still being made. It has no number and no signature; every change of it is kept at once. */
import type { AgencyRules } from "./rules";
import type {
  Capacity,
  Deferred,
  Item,
  Manifest,
  Media,
  NoMedia,
  Package,
  Position,
  Recovery,
  Reply,
  Source,
  View,
} from "./schema";

/** What the officer asked the camera for. Written before the camera opens, so that its death is seen afterwards. */
export interface Shot {
  media_id: string;
  view: View;
  item_ids: string[];
  package_id: string | null;
  /** The file of this capture that is taken again. */
  replaces?: string;
  light?: Media["light"];
  asked_at: string;
}

export interface Draft {
  /** The capture's id, made when the draft is made: the folio stands from the first moment. */
  capture_id: string;
  /** The enrolment that will sign; only it sees this draft. */
  device_id: string;
  created_at: string;
  updated_at: string;
  /** The screen to come back to; the engine never reads it. */
  step: string;
  /** What the screens want to remember beside the facts; never signed. */
  screen: Record<string, unknown>;
  capacity: Capacity;
  recovery: Recovery;
  position: Position | null;
  packages: Package[];
  items: Item[];
  /** Files that are safely kept: hashed, written, read back. */
  media: Media[];
  /** The photo that the camera was opened for and that has not come. */
  awaited: Shot | null;
  amends: Manifest["amends"];
  reply?: Reply;
  deferred?: Deferred;
  no_media?: NoMedia;
  /** The agency's rules when this was begun: what comes later is for the next one. */
  rules?: AgencyRules;
}

/** What a file needs to say beside its bytes. */
export interface Arrival {
  source: Source;
  /** Milliseconds of the phone's clock at the shutter; null where a gallery does not say. */
  taken_at: number | null;
  captured_by?: string;
  scale?: boolean;
  note?: string;
}
