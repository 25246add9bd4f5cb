// Makes a failing list short: delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating
// Failure-Inducing Input", 2002), without the step that tries the chunks alone.
//
// Steps:
//  1. What comes after the failure goes at once.
//  2. Chunks of half the list are left out, one at a time, then of a quarter, and so on down to
//     single items; what still fails without a chunk goes on without it.
//  3. Again with single items, until none can go or the runs are used up.

/** `fails` returns the index of the failure in the items, or undefined when there is none. */
export async function shrink<T>(
  items: readonly T[],
  fails: (items: readonly T[]) => Promise<number | undefined>,
  runsMax: number,
): Promise<readonly T[]> {
  let kept = items;
  let runs = 0;
  /** Whether the candidate fails too; then it is kept, cut behind its failure. */
  const accept = async (candidate: readonly T[]): Promise<boolean> => {
    runs++;
    const index = await fails(candidate);
    if (index === undefined) return false;
    kept = candidate.slice(0, index + 1);
    return true;
  };
  /** Step 2 for one length; whether anything could go. */
  const leaveOut = async (chunk: number): Promise<boolean> => {
    let progress = false;
    for (let end = kept.length; end > 0 && runs < runsMax; ) {
      const start = Math.max(0, end - chunk);
      const candidate = [...kept.slice(0, start), ...kept.slice(end)];
      if (candidate.length > 0 && (await accept(candidate))) progress = true;
      end = Math.min(start, kept.length);
    }
    return progress;
  };
  await accept(items);
  for (let chunk = Math.ceil(kept.length / 2); chunk > 1; chunk = Math.floor(chunk / 2)) {
    await leaveOut(chunk);
  }
  while (await leaveOut(1));
  return kept;
}
