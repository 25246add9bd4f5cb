// The quick way and the general way to read a set give the same bytes, or the quick one gives up.

import { describe, expect, it } from "vitest";
import { encodeContext } from "../../../cluster/versioning/context.ts";
import { createPolicy } from "../../../cluster/versioning/policies.ts";
import type { ConflictPolicy, PolicyName } from "../../../cluster/versioning/policy.ts";
import { readQuickly } from "../../../cluster/versioning/quick-reading.ts";
import { VersionState } from "../../../cluster/versioning/version.ts";
import { Random } from "../../../workloads/random.ts";

const SETS = 3000;

/** The set of nothing, as any policy writes it. */
let empty: Uint8Array;

/** Some writes of some clients through some replicas, which now and then hear of each other. */
function randomSet(policy: ConflictPolicy, random: Random): Uint8Array {
  const replicas = Array.from({ length: 1 + random.nextBelow(3) }, () => policy.decode(empty));
  const writes = 1 + random.nextBelow(5);
  for (let number = 1; number <= writes; number++) {
    const at = random.nextBelow(replicas.length);
    const held = replicas[at]!;
    const value = Buffer.from("v".repeat(random.nextBelow(40)));
    const result = policy.update(held, {
      request: { client: 1 + random.nextBelow(2 ** 40), number: number * 100 },
      actor: { node: `n${at}`, epoch: 1 + random.nextBelow(2) * 2 ** 33 },
      nowWallMs: 1000 + number,
      ...(random.nextBelow(6) === 0 ? {} : { value }),
      ...(random.nextBelow(4) === 0 ? {} : { context: policy.read(held).context }),
    });
    if (result.outcome !== "refused") replicas[at] = result.set;
    const other = random.nextBelow(replicas.length);
    if (random.nextBelow(2) === 0) replicas[other] = policy.merge(replicas[at]!, replicas[other]!);
  }
  return policy.encode(replicas.reduce((a, b) => policy.merge(a, b)));
}

describe.each<PolicyName>(["dvv", "vector-clock"])("%s", (name) => {
  it("gives what decoding, reading and encoding give", () => {
    const policy = createPolicy(name);
    empty = policy.encode({ entries: [], anonymous: [] });
    let quickly = 0;
    for (let seed = 1; seed <= SETS; seed++) {
      const set = randomSet(policy, new Random(seed));
      const { siblings, context } = policy.read(policy.decode(set));
      const isPlain = siblings.length === 1 && siblings[0]!.state === VersionState.value;
      const quick = readQuickly(set, name);
      if (quick === undefined) {
        if (isPlain) {
          const live = policy.decode(set).entries.flatMap((entry) => entry.slots);
          const alive = live.filter(({ state }) => state !== VersionState.superseded);
          expect(alive.length, `seed ${seed}: gave up on a plain set`).toBeGreaterThan(1);
        }
        continue;
      }
      quickly++;
      expect(isPlain, `seed ${seed}`).toBe(true);
      expect(Buffer.from(quick.value), `seed ${seed}`).toEqual(Buffer.from(siblings[0]!.value()));
      const wanted = Buffer.from(encodeContext(context));
      expect(Buffer.from(quick.context), `seed ${seed}`).toEqual(wanted);
    }
    expect(quickly).toBeGreaterThan(SETS / 4);
  });

  it("never takes for plain what the general way refuses", () => {
    const policy = createPolicy(name);
    empty = policy.encode({ entries: [], anonymous: [] });
    const set = randomSet(policy, new Random(4));
    for (let at = 0; at < set.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const broken = set.slice();
        broken[at]! ^= 1 << bit;
        const quick = codeOf(() => readQuickly(broken, name));
        const general = codeOf(() => policy.decode(broken));
        if (general === undefined) continue;
        expect(quick, `byte ${at}, bit ${bit}: the quick way read it`).not.toBeUndefined();
      }
    }
  });
});

/** The code that it throws, "gave up" for undefined, and undefined when it gives something. */
function codeOf(read: () => unknown): string | undefined {
  try {
    return read() === undefined ? "gave up" : undefined;
  } catch (error) {
    return (error as { code?: string }).code ?? "no code";
  }
}
