// Java's text of a double, which YCSB's output is written in.

/**
 * The text that Java's `Double.toString` gives since JDK 19 (Raffaello Giulietti's algorithm):
 * the shortest decimal that rounds to the value, with at least one digit on each side of the
 * point, and of all decimals of that length the closest. Plain from 1e-3 (inclusive) to 1e7
 * (exclusive), else `d.dddE±n`.
 * Earlier releases print a digit too many for a few values (JDK-4511638); those are not imitated.
 */
export function javaDouble(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const sign = value < 0 ? "-" : "";
  const { digits, exponent } = shortestDigits(Math.abs(value));
  if (exponent >= -3 && exponent < 7) return sign + plain(digits, exponent);
  return `${sign}${digits[0]}.${digits.slice(1)}E${exponent}`;
}

interface Digits {
  /** Two or more decimal digits, the first not 0 and the point behind it. */
  readonly digits: string;
  /** Power of ten of the first digit. */
  readonly exponent: number;
}

function shortestDigits(value: number): Digits {
  const shortest = split(value.toExponential());
  if (shortest.digits.length > 1) return shortest;
  // Java writes two digits at least and picks the closest such decimal: 4.9E-324, not 5.0E-324.
  const two = split(value.toExponential(1));
  const text = `${two.digits[0]}.${two.digits[1]}e${two.exponent}`;
  return Number(text) === value ? two : { ...shortest, digits: `${shortest.digits}0` };
}

function split(text: string): Digits {
  const [mantissa = "0", exponent = "0"] = text.split("e");
  return { digits: mantissa.replace(".", ""), exponent: Number(exponent) };
}

function plain(digits: string, exponent: number): string {
  if (exponent < 0) {
    const trimmed = digits.replace(/0+$/, "");
    return `0.${"0".repeat(-exponent - 1)}${trimmed}`;
  }
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const fraction = digits.slice(exponent + 1).replace(/0+$/, "");
  return `${whole}.${fraction === "" ? "0" : fraction}`;
}
