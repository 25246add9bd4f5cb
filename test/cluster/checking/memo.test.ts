import { expect, test } from "vitest";
import { Memo } from "../../../cluster/checking/memo.ts";
import { OperationSet } from "../../../cluster/checking/operation-set.ts";
import { Random } from "../../../workloads/random.ts";

test("a set of operations keeps its bounds, and its hash depends on its members alone", () => {
  for (const size of [0, 1, 31, 32, 33, 64, 200]) {
    const random = new Random(size);
    const set = new OperationSet(size);
    const members = new Set<number>();
    for (let round = 0; round < 2000 && size > 0; round++) {
      // At first mostly additions, so that whole words fill up, later mostly removals.
      const i = random.nextBelow(size);
      if (members.has(i) === random.nextBelow(2000) > round) continue;
      if (members.delete(i)) set.remove(i);
      else {
        set.add(i);
        members.add(i);
      }
      const fresh = new OperationSet(size);
      for (const member of members) fresh.add(member);
      expect(set, `size ${size}, round ${round}`).toEqual(fresh);
      expect(set.has(i)).toBe(members.has(i));
      expect(set.low).toBe(set.words.findIndex((word) => word !== -1));
      expect(set.high).toBe(set.words.findLastIndex((word) => word !== 0));
    }
  }
});

/** A set with the members, and a hash that another wants. */
function setOf(members: readonly number[], hash: number): OperationSet {
  const set = new OperationSet(100);
  for (const member of members) set.add(member);
  set.hash = hash;
  return set;
}

test.each([
  ["hashes as they are", false],
  ["one hash for everything", true],
])("a memo knows what it has seen: %s", (_, collide) => {
  const random = new Random(7);
  const memo = new Memo();
  const seen = new Set<string>();
  const draw = () => [...new Set(Array.from({ length: 3 }, () => 45 * random.nextBelow(3)))].sort();
  for (let round = 0; round < (collide ? 3000 : 30_000); round++) {
    const required = draw();
    const optional = draw();
    const state = random.nextBelow(collide ? 5 : 2000);
    const name = `${required} ${optional} ${state}`;
    // The memo mixes the state into the hash: this undoes it.
    const first = setOf(required, 0);
    const second = setOf(optional, 0);
    if (collide) first.hash = Math.imul(state, 0x9e3779b1);
    expect(memo.add(first, second, state), `round ${round}: ${name}`).toBe(!seen.has(name));
    seen.add(name);
    expect(memo.size).toBe(seen.size);
  }
});
