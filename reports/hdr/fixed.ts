// Numbers in fixed notation, rounded as Java's `%.3f` does: the shortest decimal that stands for
// the double, rounded half up. `toFixed` rounds the exact binary value instead: it prints 1.005
// with two digits as 1.00, Java as 1.01, and the text formats of HdrHistogram are Java's.

/** The value with `fractionDigits` digits (from 0) after the point: "-1.50", "Infinity", "NaN". */
export function formatFixed(value: number, fractionDigits: number): string {
  if (!Number.isFinite(value)) return String(value);
  const [mantissa, exponent] = Math.abs(value).toExponential().split("e");
  const digits = mantissa!.replace(".", "");
  // The value is 0.digits * 10^point; `kept` of its digits stay.
  const point = Number(exponent) + 1;
  const kept = point + fractionDigits;
  let decimals = kept <= 0 ? "0" : digits.slice(0, kept).padEnd(kept, "0");
  if (kept >= 0 && (digits[kept] ?? "0") >= "5") decimals = increment(decimals);
  const padded = decimals.padStart(fractionDigits + 1, "0");
  const whole = padded.slice(0, padded.length - fractionDigits);
  const fraction = fractionDigits === 0 ? "" : `.${padded.slice(-fractionDigits)}`;
  return `${value < 0 || Object.is(value, -0) ? "-" : ""}${whole}${fraction}`;
}

function increment(decimals: string): string {
  const head = decimals.replace(/9*$/, "");
  const nines = decimals.length - head.length;
  const last = head === "" ? "1" : head.slice(0, -1) + String(Number(head.at(-1)) + 1);
  return last + "0".repeat(nines);
}
