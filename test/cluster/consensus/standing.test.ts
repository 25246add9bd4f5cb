// How disks become known to each other, whatever comes late, and what their file keeps.

import { describe, expect, test } from "vitest";
import { Electorate } from "../../../cluster/consensus/electorate.ts";
import { type JoinMessage, MessageKind } from "../../../cluster/consensus/messages.ts";
import { Standing } from "../../../cluster/consensus/standing.ts";
import { VoterFile } from "../../../cluster/consensus/voter-file.ts";
import type { NodeId, NodeProbes, Runtime } from "../../../cluster/runtime.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { Random } from "../../../workloads/random.ts";

const FILE = "/voter/VOTER";
const probes: NodeProbes = { buggify: () => false, mark: () => {}, isPlanted: () => false };
const timers = { after: () => () => {} };

interface Letter {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: JoinMessage;
}

let seeds = 0;

/** A life of a node on a disk; what it tells goes into `letters`. */
function live(node: NodeId, disk: MemoryDisk, letters: Letter[]) {
  const random = new Random(++seeds);
  const file = new VoterFile({
    ...{ files: disk.mount(), dir: "/voter", node, random, nowWallMs: seeds },
  });
  const runtime = { nodeId: node, probes, timers, random } as unknown as Runtime;
  const standing = new Standing({
    ...{ runtime, file },
    tell: (to, message) => letters.push({ from: node, to, message }),
  });
  return { file, standing };
}

type Life = ReturnType<typeof live>;

/** Delivers all, and what comes of it, to whoever lives now. */
function deliver(lives: Record<NodeId, Life>, letters: Letter[], kept: Letter[] = []): void {
  for (let letter = letters.shift(); letter !== undefined; letter = letters.shift()) {
    kept.push(letter);
    lives[letter.to]?.standing.receive(letter.from, letter.message);
  }
}

describe("the standing of a disk", () => {
  test("is reached in two round trips, and kept", () => {
    const letters: Letter[] = [];
    const disks = { a: new MemoryDisk(), b: new MemoryDisk() };
    const lives = { a: live("a", disks.a, letters), b: live("b", disks.b, letters) };
    const kept: Letter[] = [];
    expect(lives.a.standing.isKnownTo(["a", "b"])).toBe(false);
    deliver(lives, letters, kept);
    expect(kept.map(({ message }) => message.kind)).toEqual([5, 6, 7, 8]);
    expect(lives.a.standing.isKnownTo(["a", "b"])).toBe(true);
    expect(lives.a.file).toMatchObject({ isNew: true, isSuccessor: false });
    expect(lives.a.standing.diskOf("b")).toBe(lives.b.file.disk);
    expect(lives.b.standing.diskOf("a")).toBe(lives.a.file.disk);
    const { disk } = lives.a.file;
    disks.a.losePower();
    lives.a = live("a", disks.a, letters);
    expect(lives.a.file).toMatchObject({ isNew: false, disk });
    expect(lives.a.standing.isKnownTo(["a", "b"])).toBe(true);
    expect(letters).toEqual([]);
  });

  test("after a loss is that of a successor, who trusts no absence before a walk", () => {
    const letters: Letter[] = [];
    const disks = { a: new MemoryDisk(), b: new MemoryDisk(), c: new MemoryDisk() };
    const nodes = ["a", "b", "c"] as const;
    const lives = {
      a: live("a", disks.a, letters),
      b: live("b", disks.b, letters),
      c: live("c", disks.c, letters),
    };
    for (const node of nodes) {
      lives[node].standing.isKnownTo(nodes);
      deliver(lives, letters);
    }
    const electorate = new Electorate(nodes, []);
    const roll = electorate.roll(lives.b.standing);
    expect(electorate.roll(lives.a.standing)).toBe(roll);
    expect(lives.a.standing.trustsAbsence(electorate)).toBe(true);
    disks.a.wipe();
    lives.a = live("a", disks.a, letters);
    lives.a.standing.isKnownTo(nodes);
    deliver(lives, letters);
    expect(lives.a.file.isSuccessor).toBe(true);
    for (const node of nodes) expect(electorate.roll(lives[node].standing)).not.toBe(roll);
    expect(electorate.roll(lives.a.standing)).toBe(electorate.roll(lives.c.standing));
    expect(lives.a.standing.trustsAbsence(electorate)).toBe(false);
    expect(lives.b.standing.isWhole(nodes)).toBe(true);
    expect(lives.a.standing.isWhole(nodes)).toBe(false);
    lives.a.file.learnWalked("b");
    expect(lives.a.standing.trustsAbsence(electorate)).toBe(false);
    lives.a.file.learnWalked("c");
    expect(lives.a.standing.trustsAbsence(electorate)).toBe(true);
    expect(lives.a.standing.isWhole(nodes)).toBe(true);
  });

  test("is not taken away by what an earlier life sent", () => {
    const letters: Letter[] = [];
    const late: Letter[] = [];
    const disk = new MemoryDisk();
    const b = live("b", new MemoryDisk(), letters);
    const first = live("a", disk, letters);
    first.standing.isKnownTo(["b"]);
    deliver({ a: first, b }, letters, late);
    disk.wipe();
    const second = live("a", disk, letters);
    second.standing.isKnownTo(["b"]);
    deliver({ a: second, b }, letters);
    for (const letter of late) {
      letters.push(letter);
      deliver({ a: second, b }, letters);
      expect(b.standing.diskOf("a")).toBe(second.file.disk);
    }
  });

  test("knows the disk that joined, whatever an earlier one said in its welcome", () => {
    const letters: Letter[] = [];
    const disk = new MemoryDisk();
    const a = live("a", new MemoryDisk(), letters);
    const first = live("b", disk, letters);
    a.standing.isKnownTo(["b"]);
    for (let i = 0; i < 3; i++) {
      const { from, to, message } = letters.shift()!;
      (to === "a" ? a : first).standing.receive(from, message);
    }
    const welcome = letters.shift()!;
    expect(welcome.message.kind).toBe(MessageKind.welcome);
    disk.wipe();
    const second = live("b", disk, letters);
    second.standing.isKnownTo(["a"]);
    deliver({ a, b: second }, letters);
    a.standing.receive("b", welcome.message);
    expect(a.standing.diskOf("b")).toBe(second.file.disk);
  });

  test("never goes back to an earlier disk, in whatever order letters come, and how often", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed);
      const letters: Letter[] = [];
      const all: Letter[] = [];
      const disk = new MemoryDisk();
      const b = live("b", new MemoryDisk(), letters);
      let a = live("a", disk, letters);
      const order = [0, a.file.disk];
      let place = 0;
      for (let step = 0; step < 150; step++) {
        if (random.nextBelow(40) === 0) {
          disk.wipe();
          a = live("a", disk, letters);
          order.push(a.file.disk);
        }
        const isKnown = a.standing.isKnownTo(["b"]);
        all.push(...letters.splice(0));
        // The last ones more often: a join takes four in a row.
        const back = random.nextBelow(random.nextBelow(3) === 0 ? all.length : 1);
        const { from, to, message } = all[all.length - 1 - back]!;
        (to === "a" ? a : b).standing.receive(from, message);
        const now = order.indexOf(b.standing.diskOf("a"));
        expect(now, `seed ${seed}`).toBeGreaterThanOrEqual(place);
        if (isKnown) expect(now, `seed ${seed}`).toBe(order.length - 1);
        place = now;
      }
    }
  });
});

describe("the file of a voter", () => {
  test("with any byte changed or cut makes a new disk", () => {
    const disk = new MemoryDisk();
    const { file } = live("a", disk, []);
    file.learnDisk("b", 5);
    disk.kill();
    const sound = disk.mount().readFileSync(FILE);
    const broken = [
      ...Array.from(sound, (byte, at) => sound.map((b, i) => (i === at ? byte ^ 0x10 : b))),
      ...Array.from(sound, (_, length) => sound.slice(0, length)),
    ];
    for (const bytes of broken) {
      const copy = live("a", new MemoryDisk(new Map([[FILE, bytes]])), []);
      expect(copy.file.isNew).toBe(true);
      expect(copy.file.disk).not.toBe(file.disk);
      expect(copy.file.peer("b")).toBeUndefined();
    }
    expect(live("b", new MemoryDisk(new Map([[FILE, sound]])), []).file.isNew).toBe(true);
    const same = live("a", new MemoryDisk(new Map([[FILE, sound]])), []).file;
    expect(same).toMatchObject({ isNew: false, disk: file.disk });
    expect(same.peer("b")).toMatchObject({ disk: 5, hadAnother: false });
  });

  test("on a full disk learns nothing; after a write that failed otherwise it is of no use", () => {
    const disk = new MemoryDisk();
    const { file } = live("a", disk, []);
    disk.capacityBytes = 10;
    expect(file.learnDisk("b", 5)).toBe(false);
    expect(file.peer("b")).toBeUndefined();
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    expect(file.learnDisk("b", 5)).toBe(true);
    expect(file.learnDisk("b", 6)).toBe(true);
    expect(file.peer("b")).toMatchObject({ disk: 6, hadAnother: true });
    for (let at = 1; ; at++) {
      const other = new MemoryDisk();
      const failing = live("a", other, []).file;
      const before = other.operations;
      other.failAt(at);
      let isDone = false;
      try {
        failing.learnWelcome("b", 7, true);
        isDone = true;
      } catch (error) {
        expect(["ENGINE_IO", "ENGINE_READ_ONLY"]).toContain((error as { code: string }).code);
        expect(failing.isSound).toBe(false);
      }
      if (isDone) {
        expect(at).toBeGreaterThan(other.operations - before);
        break;
      }
    }
  });
});
