/** From a draft to the payload that is signed (protocol, section 4), and the four things that block signing. */
import { clockNow, type Offset, rfc3339, zoneHere } from "./clock";
import type { Draft } from "./draft";
import type { Manifest, Unlock } from "./schema";
import type { EnrolmentRow } from "./store";

export const MAX_ITEMS = 50;
export const MAX_MEDIA = 100;

/** What the moment of signing adds. */
export interface Moment {
  at: number;
  offset: Offset | null;
  unlock: Unlock;
  /** The newest checkpoint of the log that this phone verified. */
  log_seen: Manifest["log_seen"];
}

/** Who signs, and the next place in that chain. */
export type Place = Pick<EnrolmentRow, "device_id" | "officer_id" | "agency_id" | "seq" | "head" | "pinned">;

export type Gap = "no_item" | "no_photo" | "serial_status" | "too_many_items" | "too_many_media" | "photo_awaited";

/** Why this draft can't be signed yet; empty when only the PIN is missing. Everything else is only a line in the meter. */
export function signingGaps(draft: Draft): Gap[] {
  const guns = draft.items.filter((item) => item.kind === "firearm" || item.kind === "privately_made_firearm");
  const gaps: [Gap, boolean][] = [
    ["no_item", draft.items.length === 0],
    ["no_photo", draft.media.length === 0 && !draft.no_media],
    ["serial_status", guns.some((gun) => !gun.serial)],
    ["too_many_items", draft.items.length > MAX_ITEMS],
    ["too_many_media", draft.media.length > MAX_MEDIA],
    ["photo_awaited", draft.awaited !== null],
  ];
  return gaps.filter(([, holds]) => holds).map(([gap]) => gap);
}

export function buildManifest(draft: Draft, place: Place, moment: Moment): Manifest {
  return {
    v: 1,
    ...heading(place, moment),
    capture_id: draft.capture_id,
    amends: draft.amends,
    captured_at: rfc3339(moment.at),
    zone: zoneHere(),
    log_seen: moment.log_seen,
    capacity: draft.capacity,
    position: draft.position,
    recovery: draft.recovery,
    packages: draft.packages,
    items: draft.items,
    media: draft.media,
    ...(draft.reply ? { reply: draft.reply } : {}),
    ...(draft.deferred ? { deferred: draft.deferred } : {}),
    ...(draft.no_media ? { no_media: draft.no_media } : {}),
    ...(draft.rules ? { agency_rules: draft.rules.version } : {}),
  };
}

/** What every numbered document of a phone begins with. */
export function heading(place: Place, moment: Moment) {
  return {
    aud: audience(place.pinned.service_id),
    device_id: place.device_id,
    officer_id: place.officer_id,
    agency_id: place.agency_id,
    seq: place.seq + 1,
    prev: place.head,
    clock: clockNow(moment.offset),
    unlock: moment.unlock,
    app: __BUILD__,
  };
}

export const audience = (serviceId: string): string => `casquillo:${serviceId}`;
