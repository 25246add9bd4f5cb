// What an acceptor makes of each ask, by the record that it has; on one voter, so that it may vote.

import { describe, expect, test } from "vitest";
import { Acceptor } from "../../../cluster/consensus/acceptor.ts";
import { Ballot, NO_BALLOT } from "../../../cluster/consensus/ballot.ts";
import { Electorate } from "../../../cluster/consensus/electorate.ts";
import { keyText } from "../../../cluster/consensus/key-text.ts";
import { type Answer, Ask, MessageKind, Outcome } from "../../../cluster/consensus/messages.ts";
import { RecordTable } from "../../../cluster/consensus/record-table.ts";
import { EMPTY_STATE } from "../../../cluster/consensus/register-state.ts";
import { Standing } from "../../../cluster/consensus/standing.ts";
import { NO_VOTES, VoteRecord } from "../../../cluster/consensus/vote-record.ts";
import { VoterFile } from "../../../cluster/consensus/voter-file.ts";
import type { NodeProbes, Runtime } from "../../../cluster/runtime.ts";
import type { Engine } from "../../../engines/engine.ts";
import { EngineError } from "../../../engines/errors.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { Random } from "../../../workloads/random.ts";

const key = new Uint8Array([7]);
const text = keyText(key);
const electorate = new Electorate(["n1"], []);
const state = EMPTY_STATE.written(key, { client: 1, number: 1 }, 0).encode();
const other = EMPTY_STATE.written(key, { client: 1, number: 2 }, 0).encode();
const at = (counter: number, step: number) => new Ballot(counter, "n1", counter, step);

const probes: NodeProbes = { buggify: () => false, mark: () => {}, isPlanted: () => false };

/** An engine of one key whose puts are done when the test says so. */
class SlowEngine {
  stored: Uint8Array | undefined;
  readonly pending: { resolve: () => void; reject: (error: unknown) => void }[] = [];

  /** As of an engine that reads on another thread. */
  readsElsewhere = false;

  get(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const { stored } = this;
    return this.readsElsewhere ? Promise.resolve(stored) : stored;
  }

  put(_key: Uint8Array, value: Uint8Array): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const store = (): void => {
      this.stored = value;
      resolve();
    };
    this.pending.push({ resolve: store, reject });
    return promise;
  }
}

function open(record?: VoteRecord) {
  const engine = new SlowEngine();
  engine.stored = record?.encode();
  const answers: Answer[] = [];
  const errors: unknown[] = [];
  const watch = (work: Promise<unknown>): void => {
    work.catch((error) => errors.push(error));
  };
  const runtime = { nodeId: "n1", probes, random: new Random(1) } as unknown as Runtime;
  const records = new RecordTable(engine as unknown as Engine, watch, probes);
  const files = new MemoryDisk().mount();
  const random = new Random(1);
  const file = new VoterFile({ files, dir: "/voter", node: "n1", random, nowWallMs: 0 });
  const standing = new Standing({ runtime, file, tell: () => {} });
  const acceptor = new Acceptor({
    ...{ runtime, records, standing, watch },
    electorateOf: () => electorate,
    answer: (_to, answer) => answers.push(answer),
    recover: () => {},
  });
  return { acceptor, engine, answers, errors, standing };
}

function ask(kind: "peek" | "prepare" | "accept", ballot = NO_BALLOT, wanted = state): Ask {
  const isAccept = kind === "accept";
  const bytes = isAccept ? wanted : undefined;
  return new Ask(MessageKind[kind], 1, electorate.plan, key, true, ballot, bytes);
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

const promised = new VoteRecord(at(5, 0), NO_BALLOT, undefined);
const accepted = new VoteRecord(at(5, 1), at(5, 1), state);
const later = new VoteRecord(at(8, 0), at(5, 1), state);

describe("an acceptor", () => {
  type Row = [
    what: string,
    before: VoteRecord | undefined,
    ask: Ask,
    after: VoteRecord | "refused",
  ];
  const rows: Row[] = [
    ["promises the first ballot", undefined, ask("prepare", at(5, 0)), promised],
    ["promises a higher one", accepted, ask("prepare", at(8, 0)), later],
    ["promises the same again", promised, ask("prepare", at(5, 0)), promised],
    ["refuses a lower one", later, ask("prepare", at(7, 0)), "refused"],
    ["accepts what it promised", promised, ask("accept", at(5, 1)), accepted],
    ["accepts unasked what is above", undefined, ask("accept", at(5, 1)), accepted],
    ["accepts the same again", accepted, ask("accept", at(5, 1)), accepted],
    [
      "accepts the next step",
      accepted,
      ask("accept", at(5, 2), other),
      new VoteRecord(at(5, 2), at(5, 2), other),
    ],
    ["refuses below its promise", later, ask("accept", at(7, 1)), "refused"],
    ["refuses an old step", accepted, ask("prepare", at(5, 0)), "refused"],
    ["shows nothing of nothing", undefined, ask("peek"), NO_VOTES],
    ["shows what it has", later, ask("peek"), later],
  ];
  test.each(rows)("%s", async (_, before, it, after) => {
    const { acceptor, engine, answers } = open(before);
    acceptor.receive("n2", it);
    const wrote = engine.pending.length > 0;
    expect(answers).toHaveLength(wrote ? 0 : 1);
    for (const { resolve } of engine.pending) resolve();
    await settle();
    const answer = answers[0]!;
    if (after === "refused") {
      expect(answer).toMatchObject({ outcome: Outcome.refused, promised: before!.promised });
      expect(engine.stored).toEqual(before!.encode());
      return;
    }
    expect(answer).toMatchObject({ outcome: Outcome.done, ...after });
    expect(answers).toHaveLength(1);
    if (it.kind !== MessageKind.peek) expect(engine.stored).toEqual(after.encode());
  });

  test("tells of nothing that the disk does not have, not even to others", async () => {
    const { acceptor, engine, answers } = open();
    acceptor.receive("n2", ask("accept", at(5, 1)));
    acceptor.receive("n3", ask("peek"));
    acceptor.receive("n2", ask("accept", at(5, 1)));
    await settle();
    expect(engine.pending).toHaveLength(1);
    expect(answers).toEqual([]);
    engine.pending[0]!.resolve();
    await settle();
    expect(answers.map(({ accepted: it }) => it)).toEqual([at(5, 1), at(5, 1), at(5, 1)]);
  });

  test("that had no space votes on, and one that failed otherwise never again", async () => {
    const { acceptor, engine, answers, errors } = open();
    acceptor.receive("n2", ask("prepare", at(5, 0)));
    engine.pending[0]!.reject(new EngineError("ENGINE_NO_SPACE", "full"));
    await settle();
    expect(answers.at(-1)?.outcome).toBe(Outcome.noVote);
    acceptor.receive("n2", ask("prepare", at(5, 0)));
    engine.pending[1]!.resolve();
    await settle();
    expect(answers.at(-1)?.outcome).toBe(Outcome.done);
    expect(errors).toEqual([]);
    acceptor.receive("n2", ask("prepare", at(6, 0)));
    engine.pending[2]!.reject(new EngineError("ENGINE_IO", "gone"));
    await settle();
    acceptor.receive("n2", ask("peek"));
    expect(answers.map(({ outcome }) => outcome)).toEqual([
      ...[Outcome.noVote, Outcome.done, Outcome.noVote, Outcome.noVote],
    ]);
    expect(errors).toMatchObject([{ code: "ENGINE_IO" }]);
  });

  test("looks at one ask after the other where reads take their time", async () => {
    const { acceptor, engine, answers } = open(promised);
    engine.readsElsewhere = true;
    acceptor.receive("n2", ask("prepare", at(8, 0)));
    acceptor.receive("n3", ask("accept", at(5, 1)));
    acceptor.receive("n2", ask("accept", at(8, 1), other));
    expect(acceptor.recordNow(text, key)).toBeUndefined();
    await settle();
    for (const { resolve } of engine.pending) resolve();
    await settle();
    expect(engine.pending).toHaveLength(2);
    expect(engine.stored).toEqual(new VoteRecord(at(8, 1), at(8, 1), other).encode());
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual([1, 1, 2]);
    expect(await acceptor.keeps(text, key)).toBe(true);
  });

  test("abstains under another plan, and where its record is damaged", () => {
    const { acceptor, engine, answers } = open(accepted);
    acceptor.receive("n2", new Ask(MessageKind.peek, 1, electorate.plan + 1, key, true));
    engine.stored = new Uint8Array([1, 0, 0, 0]);
    acceptor.receive("n2", ask("peek"));
    expect(answers.map(({ outcome }) => outcome)).toEqual([Outcome.noVote, Outcome.noVote]);
    expect(acceptor.recordNow(text, key)).toBeUndefined();
  });
});
