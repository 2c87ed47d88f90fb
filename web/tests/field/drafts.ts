/** Drafts as the screens leave them, for the tests of what comes next. */
import type { Draft } from "../../src/lib/draft";
import type { Item, Media, View } from "../../src/lib/schema";
import { note } from "../../src/field/rules/notes";
import { recount, type Tally } from "../../src/field/rules/numbering";
import { THINGS } from "../../src/field/rules/things";

export function emptyDraft(part: Partial<Draft> = {}): Draft {
  return {
    capture_id: "01900000-0000-7000-8000-00000000c001",
    device_id: "01900000-0000-7000-8000-00000000d001",
    created_at: "2026-05-03T05:30:00.000Z",
    updated_at: "2026-05-03T05:30:00.000Z",
    step: "capacity",
    screen: {},
    capacity: "processing",
    recovery: {
      scene_id: "01900000-0000-7000-8000-0000000000ff",
      began: "localizacion",
      recovered_at: "2026-05-03T05:30:00.000Z",
      entity: "05",
      municipality: null,
      place: null,
    },
    position: null,
    packages: [],
    items: [],
    media: [],
    awaited: null,
    amends: null,
    ...part,
  };
}

export function counted(some: Partial<Tally>, part: Partial<Draft> = {}): Draft {
  let n = 0;
  const tally = { ...Object.fromEntries(THINGS.map((one) => [one, 0])), ...some } as Tally;
  const items = recount([], tally, 1, () => `item-${++n}`);
  const draft = emptyDraft({ ...part, items, media: [photo("scene_overview", [])] });
  return note(draft, { seen: ["capacity", "count"] });
}

export function photo(view: View, item_ids: string[], part: Partial<Media> = {}): Media {
  return {
    id: `photo-${view}-${item_ids.join("-")}`,
    item_ids,
    package_id: null,
    view,
    sha256: "0".repeat(64),
    size: 1,
    content_type: "image/jpeg",
    source: "camera",
    captured_at: null,
    ...part,
  };
}

export function withItem(draft: Draft, id: string, part: Partial<Item>): Draft {
  return { ...draft, items: draft.items.map((one) => (one.id === id ? { ...one, ...part } : one)) };
}
