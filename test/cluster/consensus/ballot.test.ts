import { describe, expect, test } from "vitest";
import {
  Ballot,
  BallotSource,
  compareBallots,
  NO_BALLOT,
  readBallot,
  writeBallot,
} from "../../../cluster/consensus/ballot.ts";
import { messageError } from "../../../cluster/errors.ts";
import { ByteReader, ByteWriter } from "../../../cluster/versioning/wire.ts";
import { Random } from "../../../workloads/random.ts";

/** Ascending. */
const ORDER = [
  NO_BALLOT,
  new Ballot(1, "a", 5, 0),
  new Ballot(1, "a", 5, 1),
  new Ballot(1, "a", 6, 0),
  new Ballot(1, "b", 1, 0),
  new Ballot(2, "a", 1, 0),
  new Ballot(2, "a", 1, 7),
  new Ballot(10, "a", 0, 0),
];

describe("ballots", () => {
  test("are in one order: counter, node, attempt, step", () => {
    for (const [i, a] of ORDER.entries()) {
      for (const [j, b] of ORDER.entries()) {
        expect(Math.sign(compareBallots(a, b)), `${i} and ${j}`).toBe(Math.sign(i - j));
      }
    }
  });

  test("come back from their bytes", () => {
    const writer = new ByteWriter();
    for (const ballot of ORDER) {
      writer.begin(100);
      writeBallot(writer, ballot);
      const bytes = writer.take();
      expect(readBallot(new ByteReader(bytes, 0, messageError))).toEqual(ballot);
    }
  });

  test("with a counter that leaves no room for the next are refused", () => {
    const writer = new ByteWriter();
    for (const [counter, isGood] of [
      [2 ** 52, true],
      [2 ** 52 + 1, false],
    ] as const) {
      writer.begin(100);
      writeBallot(writer, new Ballot(counter, "a", 1, 0));
      const reader = new ByteReader(writer.take(), 0, messageError);
      if (isGood) expect(readBallot(reader).counter).toBe(counter);
      else expect(() => readBallot(reader)).toThrow("beyond all that are ever reached");
    }
  });

  test("of a node are all different, also after it was started again", () => {
    const seen = new Set<string>();
    for (let run = 0; run < 50; run++) {
      const source = new BallotSource("a", new Random(run));
      for (let i = 0; i < 20; i++) {
        const ballot = source.above(3);
        expect(ballot).toMatchObject({ counter: 4, node: "a", step: 0 });
        expect(compareBallots(ballot.nextStep(), ballot)).toBeGreaterThan(0);
        seen.add(JSON.stringify(ballot));
      }
    }
    expect(seen.size).toBe(1000);
  });
});
