/** Runs an asynchronous function over a list, a few at a time. */

/** Calls `work` for each value in order, at most `limit` at once; the first rejection ends the run. */
export async function mapConcurrently<T>(
  values: readonly T[],
  limit: number,
  work: (value: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < values.length) await work(values[next++]);
  };
  await Promise.all(Array.from({ length: Math.min(limit, values.length) }, lane));
}
