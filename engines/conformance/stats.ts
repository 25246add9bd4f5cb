// stats() in the words of the contract, and the events of an engine.

import type { Engine, EngineEvent, EngineStats } from "../engine.ts";
import { pattern, text } from "./bytes.ts";
import type { ConformanceCase } from "./case.ts";
import { expect } from "./expect.ts";

/** How each word of EngineStats is written: one number, numbers by name, facts, or levels. */
const WORDS: Readonly<Record<keyof EngineStats, "number" | "parts" | "facts" | "levels">> = {
  keys: "number",
  userBytesWritten: "number",
  userBytesRead: "number",
  bytesWritten: "parts",
  bytesRead: "parts",
  writeAmplification: "number",
  readAmplification: "number",
  spaceAmplification: "number",
  cacheHits: "number",
  cacheMisses: "number",
  filterChecks: "number",
  filterFalsePositives: "number",
  stalls: "number",
  stallNs: "number",
  hitLatencyNs: "number",
  missLatencyNs: "number",
  levels: "levels",
  compactionDebtBytes: "number",
  liveBytes: "number",
  deadBytes: "number",
  files: "number",
  diskBytes: "number",
  memoryBytes: "parts",
  syncs: "number",
  writes: "number",
  recovery: "facts",
};

function expectNumber(name: string, value: unknown): void {
  expect(
    typeof value === "number" && Number.isFinite(value) && value >= 0,
    () => `stats().${name} is ${String(value)}; a figure that is not known is absent`,
  );
}

/** Every word is one of the contract, and holds what it must. */
function expectWords(stats: EngineStats): void {
  for (const [name, value] of Object.entries(stats)) {
    const kind = Object.hasOwn(WORDS, name) ? WORDS[name as keyof EngineStats] : undefined;
    expect(
      kind !== undefined,
      () => `stats().${name} is no word of the contract; what belongs nowhere goes into recovery`,
    );
    if (value === undefined) continue;
    if (kind === "number") expectNumber(name, value);
    if (kind === "parts" || kind === "facts") {
      expect(typeof value === "object" && value !== null, () => `stats().${name} is no object`);
    }
    if (kind === "parts") {
      for (const [part, bytes] of Object.entries(value)) expectNumber(`${name}.${part}`, bytes);
    }
    if (kind === "levels") {
      expect(Array.isArray(value), () => "stats().levels is no array");
      for (const [i, level] of (value as EngineStats["levels"])!.entries()) {
        expectNumber(`levels[${i}].files`, level.files);
        expectNumber(`levels[${i}].bytes`, level.bytes);
      }
    }
  }
}

const RECORDS = 200;
const VALUE_BYTES = 100;

async function putAll(engine: Engine): Promise<number> {
  let bytes = 0;
  for (let i = 0; i < RECORDS; i++) {
    const key = text(`key ${i}`);
    await engine.put(key, pattern(i, VALUE_BYTES));
    bytes += key.length + VALUE_BYTES;
  }
  return bytes;
}

/** A counter that is there says at least `least`. */
function expectAtLeast(stats: EngineStats, name: keyof EngineStats, least: number): void {
  const value = stats[name] as number | undefined;
  expect(
    value === undefined || value >= least,
    () => `stats().${name} is ${value}, and should be at least ${least} by now, or absent`,
  );
}

/** Counters never fall while the engine is open. */
const COUNTERS = [
  "userBytesWritten",
  "userBytesRead",
  "cacheHits",
  "cacheMisses",
  "filterChecks",
  "filterFalsePositives",
  "stalls",
  "stallNs",
  "syncs",
  "writes",
] as const;

function expectNoneFell(before: EngineStats, after: EngineStats): void {
  for (const name of COUNTERS) {
    if (before[name] !== undefined) expectAtLeast(after, name, before[name]);
  }
}

async function countersGrow(engine: Engine): Promise<void> {
  const empty = engine.stats();
  const bytes = await putAll(engine);
  await engine.flush();
  const written = engine.stats();
  expectNoneFell(empty, written);
  expect(
    written.userBytesWritten === undefined || written.userBytesWritten === bytes,
    () => `stats().userBytesWritten is ${written.userBytesWritten} after puts of ${bytes} bytes`,
  );
  expect(
    written.keys === undefined || written.keys === RECORDS,
    () => `stats().keys is ${written.keys} with ${RECORDS} keys`,
  );
  expectAtLeast(written, "diskBytes", 1);
  expectAtLeast(written, "files", 1);
  expectAtLeast(written, "writes", 1);
  expectAtLeast(written, "syncs", 1);
  for (let i = 0; i < RECORDS; i++) await engine.get(text(`key ${i}`));
  const read = engine.stats();
  expectNoneFell(written, read);
  expectAtLeast(read, "userBytesRead", RECORDS * VALUE_BYTES);
  for (let i = 0; i < RECORDS; i += 2) await engine.delete(text(`key ${i}`));
  await engine.flush();
  const deleted = engine.stats();
  expectNoneFell(read, deleted);
  expect(
    deleted.keys === undefined || deleted.keys === RECORDS / 2,
    () => `stats().keys is ${deleted.keys} after half of ${RECORDS} keys were deleted`,
  );
}

const KINDS: ReadonlySet<string> = new Set(["flush", "compaction", "merge", "snapshot", "stall"]);

/** Each event begins once and ends once, under its own number; at the end none is open. */
function expectPaired(events: readonly EngineEvent[]): void {
  const open = new Map<number, EngineEvent>();
  const seen = new Set<number>();
  for (const event of events) {
    const { id, kind, phase } = event;
    expect(KINDS.has(kind), () => `an event is a ${kind}, which is no kind of the contract`);
    if (event.bytes !== undefined) expectNumber(`event ${id}, bytes`, event.bytes);
    if (phase === "begin") {
      expect(!seen.has(id), () => `two events began as number ${id}`);
      seen.add(id);
      open.set(id, event);
      continue;
    }
    const begun = open.get(id);
    expect(begun !== undefined, () => `a ${kind} ended as number ${id}, which is not under way`);
    expect(begun.kind === kind, () => `event ${id} began as ${begun.kind} and ended as ${kind}`);
    open.delete(id);
  }
  const [left] = open.values();
  expect(left === undefined, () => `${left?.kind} ${left?.id} began, and had no end at close`);
}

export const statsCases: readonly ConformanceCase[] = [
  {
    name: "stats: every word is of the contract, and holds numbers, at every level",
    rule: "stats",
    needs: ["persistent"],
    async run(context) {
      for (const durability of context.supports.durability) {
        const dir = context.newDir();
        const engine = await context.open(dir, { durability });
        expectWords(engine.stats());
        await putAll(engine);
        await engine.flush();
        await engine.get(text("key 7"));
        if (context.supports.compact) await engine.compact();
        expectWords(engine.stats());
        await engine.close();
        expectWords((await context.open(dir, { durability })).stats());
      }
    },
  },
  {
    name: "stats: counters grow with what is done, and say nothing rather than 0",
    rule: "stats",
    needs: ["persistent"],
    async run(context) {
      await countersGrow(await context.open());
    },
  },
  {
    name: "events: each begins and ends once, and none is under way after close",
    rule: "onEvent",
    needs: ["persistent"],
    async run(context) {
      const events: EngineEvent[] = [];
      const onEvent = (event: EngineEvent) => events.push(event);
      const engine = await context.open(context.newDir(), { onEvent });
      for (let round = 0; round < 8; round++) {
        for (let i = 0; i < 400; i++) await engine.put(text(`k${i}`), pattern(i + round, 500));
      }
      await engine.flush();
      if (context.supports.compact) await engine.compact();
      await engine.close();
      expectPaired(events);
    },
  },
];
