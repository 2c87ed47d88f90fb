import { expect, test } from "vitest";
import { keysHandedOn } from "../src/lib/log/handover";
import { vectors } from "./vectors";

interface Handovers {
  service_id: string;
  /** The first, the second and the third key of one log. */
  keys: [string, string, string];
  handovers: unknown[];
  unbelieved: { why: string; handover: unknown }[];
}

const known = vectors<Handovers>("handovers");
const pinned = { service_id: known.service_id, log_keys: [known.keys[0]], witness_keys: [], rescue_key: null };

test("each key hands on the next, however many a phone has slept through", async () => {
  expect(await keysHandedOn(known.handovers, pinned)).toEqual(known.keys);
  expect(await keysHandedOn(known.handovers.slice(0, 1), pinned)).toEqual(known.keys.slice(0, 2));
  expect(await keysHandedOn(known.handovers, { ...pinned, log_keys: [known.keys[1]] })).toEqual([known.keys[1], known.keys[2]]);
});

test("a phone of another service believes nothing of it, and one without a key neither", async () => {
  const other = { ...pinned, service_id: "0199a000-0000-7000-8000-0000000000bb" };
  expect(await keysHandedOn(known.handovers, other)).toEqual([known.keys[0]]);
  expect(await keysHandedOn(known.handovers, { ...pinned, log_keys: [] })).toEqual([]);
});

test.each(known.unbelieved)("$why changes nothing", async ({ handover }) => {
  expect(await keysHandedOn([handover, null, "x"], pinned)).toEqual([known.keys[0]]);
});
