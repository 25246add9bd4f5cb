// Words of the past: undo restores them, snapshots read them, whatever happens in between.

import { describe, expect, it } from "vitest";
import { type IndexSnapshot, VersionedIndex } from "../../../engines/index/versioned-index.ts";
import { seeded } from "../support/stores.ts";

describe("VersionedIndex", () => {
  it("agrees with copies of a Map over random changes, commits, rollbacks and snapshots", () => {
    for (let seed = 1; seed <= 60; seed++) runRandom(seed);
  });
});

function runRandom(seed: number): void {
  const random = seeded(seed);
  const versions = new VersionedIndex();
  const ids = Array.from({ length: 12 }, (_, i) => versions.index.insert(new Uint8Array([i])));
  let committed = new Map<number, number>();
  let current = new Map<number, number>();
  const snapshots: { snapshot: IndexSnapshot; state: Map<number, number> }[] = [];
  for (let step = 0; step < 300; step++) {
    const id = ids[random(ids.length)]!;
    const action = random(12);
    if (action < 7) {
      const a = random(4) === 0 ? 0 : step + 1;
      versions.set(id, a, step, step);
      current.set(id, a);
    } else if (action === 7) {
      versions.commit();
      committed = new Map(current);
    } else if (action === 8) {
      versions.rollback(() => {});
      current = new Map(committed);
    } else if (action === 9) {
      // The engines take snapshots at any time; a rollback after it shows in none of them.
      versions.commit();
      committed = new Map(current);
      snapshots.push({ snapshot: versions.snapshot(), state: new Map(current) });
    } else if (snapshots.length > 0) {
      snapshots.splice(random(snapshots.length), 1)[0]!.snapshot.close();
    }
    for (const { snapshot, state } of [...snapshots, { snapshot: undefined, state: current }]) {
      for (const known of ids) {
        versions.read(known, snapshot);
        expect(versions.a, `seed ${seed}, step ${step}`).toBe(state.get(known) ?? 0);
      }
    }
  }
}
