/** What a browser has and Node 20 has not: IndexedDB and Web Locks, the latter with the standard's queueing. */
import "fake-indexeddb/auto";

type Work = (lock: object | null) => unknown;

class Locks {
  private readonly held = new Map<string, Promise<unknown>>();

  async request(name: string, options: { ifAvailable?: boolean } | Work, given?: Work): Promise<unknown> {
    const work = given ?? (options as Work);
    const before = this.held.get(name);
    if (before && typeof options === "object" && options.ifAvailable) return work(null);
    const mine = (before ?? Promise.resolve()).catch(() => undefined).then(() => work({ name }));
    this.held.set(name, mine);
    try {
      return await mine;
    } finally {
      if (this.held.get(name) === mine) this.held.delete(name);
    }
  }
}

Object.defineProperty(globalThis, "navigator", { value: { locks: new Locks(), onLine: true }, configurable: true });
