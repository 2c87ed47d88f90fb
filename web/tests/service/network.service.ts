/** P8: a network that cuts every 300 kB, between the phone and a real store. Counts every byte that passes. */
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { expect, test } from "vitest";
import { type Phone, newPhone, pictures, putBy, signed, untilDone, wires } from "./phone";

interface Proxy {
  port: number;
  bytes: () => number;
  cuts: () => number;
  close: () => void;
}

/** Passes bytes on to the store and ends each connection after `limit` of them. */
async function cutting(storePort: number, limit: number): Promise<Proxy> {
  let [total, cuts] = [0, 0];
  const open = new Set<Socket>();
  const server = createServer((phone) => {
    const store = connect(storePort, "127.0.0.1");
    let passed = 0;
    open.add(phone).add(store);
    for (const socket of [phone, store]) socket.on("error", () => undefined).on("close", () => (phone.destroy(), store.destroy()));
    phone.on("data", (piece) => {
      const room = limit - passed;
      const part = piece.subarray(0, room);
      passed += part.length;
      total += part.length;
      if (part.length < piece.length || passed >= limit) {
        cuts++;
        phone.destroy();
        store.destroy();
      } else store.write(part);
    });
    store.pipe(phone);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    bytes: () => total,
    cuts: () => cuts,
    close: () => (open.forEach((socket) => socket.destroy()), server.close()),
  };
}

async function storePort(phone: Phone): Promise<number> {
  const probe = await newPhone();
  void phone;
  await signed(probe, pictures().slice(0, 1));
  let port = 0;
  await untilDone(probe, wires({ put: (part, progress) => ((port = Number(new URL(part.url).port)), putBy()(part, progress)) }));
  return port;
}

test("with a cut every 300 kB all arrives, once, for at most 1.15 times its bytes", async () => {
  const phone = await newPhone();
  const large = pictures().at(-1)!;
  const files = Array.from({ length: 5 }, () => large);
  const proxy = await cutting(await storePort(phone), 300_000);
  await signed(phone, files);
  await untilDone(phone, wires({ put: putBy(proxy.port), network: "mobile/2g" }));
  proxy.close();
  const payload = files.reduce((sum, file) => sum + file.size, 0);
  const ratio = proxy.bytes() / payload;
  process.stdout.write(`P8: ${payload} bytes, ${proxy.cuts()} cuts, ${proxy.bytes()} bytes sent: ratio ${ratio.toFixed(3)}\n`);
  expect(proxy.cuts()).toBeGreaterThan(5);
  expect((await phone.store.getAll("outbox"))[0]?.files.map((file) => file.state)).toEqual(Array(5).fill("safe"));
  expect(ratio).toBeLessThan(1.15);
});
