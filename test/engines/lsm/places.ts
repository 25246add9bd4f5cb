// Which of many places a test tries: a few spread over all of them every day, all in the nightly
// run.

const EVERYDAY = 20;

/** Places from `first` to `last`, inclusive, spread evenly and shifted by `shift`. */
export function places(first: number, last: number, shift: number): number[] {
  const isNightly = process.env.RINGBENCH_NIGHTLY === "1";
  const step = isNightly ? 1 : Math.max(1, Math.ceil((last - first + 1) / EVERYDAY));
  const chosen: number[] = [];
  for (let at = first + (shift % step); at <= last; at += step) chosen.push(at);
  return chosen;
}
