// Finds the valid name that a mistyped one was meant to be.

/** A text of the user in quotes, on one line and of bounded length. */
export function quoted(text: string): string {
  const shortened = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return JSON.stringify(shortened);
}

/**
 * The candidate with the smallest edit distance to `name`, case ignored; the first of several.
 * Undefined only when there are no candidates.
 */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  // Longer texts than any name cannot be near one; the cut bounds the work.
  const wanted = name.slice(0, 200).toLowerCase();
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** One line for an unknown name: `unknown engine "lvldb"; the nearest is "leveldb"`. */
export function unknownName(what: string, name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates);
  const hint = near === undefined ? "there is none" : `the nearest is ${quoted(near)}`;
  return `unknown ${what} ${quoted(name)}; ${hint}`;
}

/**
 * Levenshtein distance, in which letters left out or put in cost 1, and others in their place 1.5:
 * of two names equally far, the one that was abbreviated is the likelier.
 */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substituted = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1.5);
      current.push(Math.min(substituted, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
