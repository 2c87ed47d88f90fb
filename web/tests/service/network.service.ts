/** P8: networks that cut, or that hardly move, between the phone and a real store. Counts every byte that passes. */
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { expect, test } from "vitest";
import { newPhone, pictures, putBy, signed, untilDone, wires } from "./phone";

interface Proxy {
  port: number;
  bytes: () => number;
  cuts: () => number;
  close: () => void;
}

interface Bad {
  /** A connection ends after so many bytes. */
  limit?: number;
  /** All connections together, bytes a second. */
  rate?: number;
  /** Before the first byte of a connection, and before each answer. Milliseconds. */
  delay?: number;
}

/** Passes bytes on to the store, as badly as `bad` says. */
async function proxyTo(storePort: number, { limit = Infinity, rate = Infinity, delay = 0 }: Bad): Promise<Proxy> {
  let [total, cuts, free] = [0, 0, 0];
  const open = new Set<Socket>();
  const server = createServer((phone) => {
    const store = connect(storePort, "127.0.0.1");
    let passed = 0;
    open.add(phone).add(store);
    for (const socket of [phone, store]) socket.on("error", () => undefined).on("close", () => (phone.destroy(), store.destroy()));
    phone.pause();
    setTimeout(() => phone.resume(), delay);
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
      if (rate === Infinity) return;
      // One line for all: whoever comes waits until those before are through.
      free = Math.max(free, Date.now()) + (part.length / rate) * 1000;
      phone.pause();
      setTimeout(() => phone.resume(), free - Date.now());
    });
    store.on("data", (piece) => void setTimeout(() => phone.write(piece), delay));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    bytes: () => total,
    cuts: () => cuts,
    close: () => (open.forEach((socket) => socket.destroy()), server.close()),
  };
}

async function storePort(): Promise<number> {
  const probe = await newPhone();
  await signed(probe, pictures().slice(0, 1));
  let port = 0;
  await untilDone(probe, wires({ put: (part, progress) => ((port = Number(new URL(part.url).port)), putBy()(part, progress)) }));
  return port;
}

async function ratioOf(files: Blob[], bad: Bad, network: string): Promise<{ ratio: number; seconds: number; cuts: number }> {
  const phone = await newPhone();
  const proxy = await proxyTo(await storePort(), bad);
  await signed(phone, files);
  const began = Date.now();
  await untilDone(phone, wires({ put: putBy(proxy.port), network }));
  proxy.close();
  const states = (await phone.store.getAll("outbox")).flatMap((row) => row.files.map((file) => file.state));
  expect(states).toEqual(files.map(() => "safe"));
  const payload = files.reduce((sum, file) => sum + file.size, 0);
  const [ratio, seconds] = [proxy.bytes() / payload, (Date.now() - began) / 1000];
  process.stdout.write(
    `P8 ${JSON.stringify(bad)}: ${payload} bytes, ${proxy.cuts()} cuts, ${proxy.bytes()} sent in ${seconds.toFixed(0)} s: ratio ${ratio.toFixed(3)}\n`,
  );
  return { ratio, seconds, cuts: proxy.cuts() };
}

test("with a cut every 300 kB all arrives, once, for at most 1.15 times its bytes", async () => {
  const large = pictures().at(-1)!;
  const { ratio, cuts } = await ratioOf(Array.from({ length: 5 }, () => large), { limit: 300_000 }, "mobile/2g");
  expect(cuts).toBeGreaterThan(5);
  expect(ratio).toBeLessThan(1.15);
});

// A minute and more of waiting: bench/bad_network.py runs it, the tests do not.
test.runIf(process.env["CASQUILLO_BENCH"])("at 64 kbit/s and two seconds of delay all arrives, once", async () => {
  const { ratio } = await ratioOf(pictures().slice(2, 5), { rate: 8_000, delay: 2_000 }, "mobile/slow");
  expect(ratio).toBeLessThan(1.15);
}, 600_000);
