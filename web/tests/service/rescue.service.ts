/** Writes a rescue file; tests/e2e/test_phone_engine.py takes it in and looks at what the service then has. */
import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Contact } from "../../src/lib/outbox/contact";
import { drain } from "../../src/lib/outbox/drain";
import { RescueRefused, writeRescue } from "../../src/lib/rescue";
import { handover, newPhone, pictures, signed, wires } from "./phone";

test("what a phone could not send leaves it sealed, and stays on it", async () => {
  const phone = await newPhone("Teléfono sin red");
  await expect(writeRescue(phone.store, phone.row.device_id)).rejects.toThrow(new RescueRefused("nothing_to_rescue"));
  await signed(phone, pictures().slice(0, 2));
  const given = wires();
  const contact = new Contact(phone.store, given.api);
  // The facts of the first are in, its files are not; the second has sent nothing.
  await drain({ store: phone.store, wires: given, contact, files: false, told: () => undefined, urgent: () => true });
  expect((await phone.store.getAll("outbox")).map((row) => row.stage)).toEqual(["files"]);
  await signed(phone, [pictures().at(-1)!, pictures()[0]!]);

  const file = await writeRescue(phone.store, phone.row.device_id);
  const bytes = Buffer.from(await file.arrayBuffer());
  expect(bytes.subarray(0, 8).toString()).toBe("CSQRESC1");
  expect(bytes.includes(phone.row.device_id)).toBe(false);
  expect(await phone.store.count("files")).toBe(4);
  writeFileSync(handover.rescue, bytes);
});
