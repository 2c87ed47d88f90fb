/** Runs of numbers: `[["2", "6"], ["9"]]` of 2 3 4 5 6 9. Numbers that are letters stand alone. */
export function runs(numbers: readonly string[]): string[][] {
  const found: string[][] = [];
  for (const number of numbers) {
    const run = found.at(-1);
    const last = run?.at(-1);
    const follows = last !== undefined && /^\d+$/.test(number) && Number(number) === Number(last) + 1;
    if (run && follows) run[1] = number;
    else found.push([number]);
  }
  return found;
}
