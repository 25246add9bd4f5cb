// Linearizability by its definition: every order of every choice of operations is tried.

import type { ModelName } from "../../../cluster/checking/models.ts";
import type { Operation } from "../../../cluster/checking/operation.ts";

/** For one key, and few operations. */
export function bruteForce(operations: readonly Operation[], model: ModelName): boolean {
  const kept = operations.filter(({ f, outcome }) => {
    return outcome !== "fail" && !(outcome === "unknown" && f === "read");
  });
  const required = kept.filter(({ outcome }) => outcome !== "unknown");
  const optional = kept.filter(({ outcome }) => outcome === "unknown");
  for (let subset = 0; subset < 1 << optional.length; subset++) {
    const chosen = optional.filter((_, i) => (subset >> i) & 1);
    for (const order of permutations([...required, ...chosen])) {
      if (agreesWithTime(order) && isLegal(order, model)) return true;
    }
  }
  return false;
}

function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) yield [];
  for (const [i, item] of items.entries()) {
    for (const rest of permutations(items.filter((_, j) => j !== i))) yield [item, ...rest];
  }
}

function agreesWithTime(order: readonly Operation[]): boolean {
  return order.every((later, i) => order.slice(0, i).every((earlier) => earlier.call < later.end));
}

function isLegal(order: readonly Operation[], model: ModelName): boolean {
  let value: unknown = model === "kv-append" ? "" : model === "mutex" ? false : null;
  for (const { f, value: given, result, outcome } of order) {
    const [expected, next] = f === "cas" ? (given as [unknown, unknown]) : [];
    if (f === "read" && result !== value) return false;
    if (f === "acquire" && value !== false) return false;
    if (f === "release" && value !== true) return false;
    if (f === "cas" && outcome === "mismatch" && expected === value) return false;
    if (f === "cas" && outcome !== "mismatch" && expected !== value) return false;
    if (f === "write") value = given;
    else if (f === "append") value = `${value}${given}`;
    else if (f === "cas" && outcome !== "mismatch") value = next;
    else if (f === "acquire" || f === "release") value = f === "acquire";
  }
  return true;
}
