/** Web Locks: one tab signs or sends at a time. Without them nothing is signed: a number could be given twice. */

export class LocksMissing extends Error {}

function locks(): LockManager {
  if (!globalThis.navigator?.locks) throw new LocksMissing();
  return navigator.locks;
}

/** Waits for the lock, then runs `work` under it. */
export function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  return locks().request(`casquillo-${name}`, work) as Promise<T>;
}

/** Runs `work` if nobody holds the lock; else does nothing and says `false`. */
export async function ifFree(name: string, work: () => Promise<void>): Promise<boolean> {
  return locks().request(`casquillo-${name}`, { ifAvailable: true }, async (lock) => {
    if (lock) await work();
    return lock !== null;
  });
}
