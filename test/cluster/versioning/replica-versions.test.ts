// Losses of a replica's memory with a known answer: the scenarios of riak_test (kv679_dataloss,
// kv679_dataloss_fb2), each with epochs and without.

import { describe, expect, it } from "vitest";
import { ActorEpochs } from "../../../cluster/versioning/actor-epochs.ts";
import type { Context } from "../../../cluster/versioning/context.ts";
import { VersioningError } from "../../../cluster/versioning/errors.ts";
import { createPolicy } from "../../../cluster/versioning/policies.ts";
import type { PolicyName } from "../../../cluster/versioning/policy.ts";
import {
  type CoordinateResult,
  type EpochMode,
  ReplicaVersions,
} from "../../../cluster/versioning/replica-versions.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { Random } from "../../../workloads/random.ts";
import { textOf } from "./notation.ts";

const text = new TextEncoder();
let requests = 0;

/** A replica of one key. */
class Replica {
  readonly node: string;
  readonly #disk = new MemoryDisk();
  readonly #mode: EpochMode;
  readonly #policy: PolicyName;
  #lives = 0;
  versions: ReplicaVersions;
  record: Uint8Array | undefined;

  constructor(node: string, mode: EpochMode = "on", policy: PolicyName = "dvv") {
    this.node = node;
    this.#mode = mode;
    this.#policy = policy;
    this.versions = this.#start();
  }

  #start(): ReplicaVersions {
    const epochs = new ActorEpochs({
      files: this.#disk.mount(),
      dir: "/epochs",
      node: this.node,
      random: new Random(11).split(this.node).split(this.#lives++),
      nowWallMs: 1000,
    });
    const policy = createPolicy(this.#policy);
    return new ReplicaVersions({ policy, epochs, mode: this.#mode });
  }

  /** The process dies; the engine falls back to an earlier record, or keeps what it has. */
  crash(record: Uint8Array | undefined = this.record): void {
    this.#disk.losePower();
    this.record = record;
    this.versions = this.#start();
  }

  wipe(): void {
    this.#disk.wipe();
    this.record = undefined;
    this.versions = this.#start();
  }

  coordinate(value: string, context?: Context, number = ++requests): CoordinateResult {
    const result = this.versions.coordinate(this.record, {
      value: text.encode(value),
      ...(context === undefined ? {} : { context }),
      request: { client: 1, number },
      nowWallMs: 1000,
    });
    if (result.outcome !== "refused") this.record = result.record;
    return result;
  }

  /** Hands what it holds to the other. */
  sendTo(other: Replica): { readonly hadAmnesia: boolean; readonly isChanged: boolean } {
    const result = other.versions.apply(other.record, this.versions.shared(this.record!), 1000);
    other.record = result.record;
    return result;
  }

  siblings(): string[] {
    return this.versions.read(this.record!).siblings.map(textOf).sort();
  }

  context(): Context {
    return this.versions.read(this.record!).context;
  }
}

function exchangeAll(replicas: readonly Replica[]): void {
  for (let round = 0; round < 2; round++) {
    for (const from of replicas) {
      for (const to of replicas) if (from !== to && from.record !== undefined) from.sendTo(to);
    }
  }
}

describe("a coordinator that lost its data", () => {
  const run = (mode: EpochMode) => {
    const [a, b, c] = [new Replica("a", mode), new Replica("b", mode), new Replica("c", mode)];
    for (const name of ["phil", "bob"]) {
      a.coordinate(name);
      a.sendTo(b);
      a.sendTo(c);
    }
    a.wipe();
    a.coordinate("jon");
    exchangeAll([a, b, c]);
    const results = [a, b, c].map((replica) => replica.siblings());
    expect(new Set(results.map((names) => names.join())).size).toBe(1);
    return results[0]!;
  };

  it("loses no write with epochs", () => {
    expect(run("on")).toEqual(["bob", "jon", "phil"]);
  });

  it("loses one without: it gives the number of an older write again", () => {
    expect(run("off")).toEqual(["bob", "phil"]);
  });
});

describe("a replicating write to a replica that lost the key", () => {
  // p1 and p2 are primaries, f1 to f3 fallbacks; hand-offs arrive in an order in which p1 hears of
  // one of its old writes, but not of all.
  const run = (mode: EpochMode) => {
    const [p1, p2] = [new Replica("p1", mode), new Replica("p2", mode)];
    const [f1, f2, f3] = ["f1", "f2", "f3"].map((name) => new Replica(name, mode)) as [
      Replica,
      Replica,
      Replica,
    ];
    p1.coordinate("v1");
    p1.sendTo(f1);
    p1.coordinate("v2", p1.context());
    p1.coordinate("v3", p1.context());
    p1.sendTo(f2);
    p2.coordinate("w1");
    p2.sendTo(f3);
    // The local read of p1 fails, so that what f3 hands over is all that it has.
    p1.record = undefined;
    f3.sendTo(p1);
    f1.sendTo(p2);
    // A client reads at p2, {p1: 1, p2: 1}, and writes at p1.
    p1.coordinate("acknowledged", p2.context());
    p1.sendTo(p2);
    f2.sendTo(p2);
    exchangeAll([p1, p2]);
    expect(p1.siblings()).toEqual(p2.siblings());
    return p1.siblings();
  };

  it("begins a new epoch, and the next write survives", () => {
    expect(run("on")).toEqual(["acknowledged", "v3"]);
  });

  it("loses the next write without epochs", () => {
    expect(run("off")).toEqual(["v3"]);
  });
});

describe("a replica whose engine fell back", () => {
  const fallBack = (mode: EpochMode) => {
    const [a, b] = [new Replica("a", mode), new Replica("b", mode)];
    a.coordinate("v1");
    const old = a.record;
    a.coordinate("v2", a.context());
    a.sendTo(b);
    return { a, b, old };
  };

  it("numbers under a new epoch after a crash", () => {
    const { a, b, old } = fallBack("on");
    a.crash(old);
    expect(a.coordinate("v3")).toMatchObject({ tookEpoch: true });
    exchangeAll([a, b]);
    expect(b.siblings()).toEqual(["v2", "v3"]);
  });

  it("numbers under a new epoch after a write that the engine could not keep", () => {
    const [a, b] = [new Replica("a"), new Replica("b")];
    a.coordinate("v1");
    const kept = a.record;
    // It was visible, and somebody read it.
    a.coordinate("v2");
    a.sendTo(b);
    a.versions.abandon(a.record!);
    a.record = kept;
    expect(a.coordinate("v3")).toMatchObject({ tookEpoch: true });
    exchangeAll([a, b]);
    expect(b.siblings()).toEqual(["v1", "v2", "v3"]);
  });

  it("loses a write after a crash without epochs", () => {
    const { a, b, old } = fallBack("off");
    a.crash(old);
    a.coordinate("v3");
    exchangeAll([a, b]);
    expect(b.siblings()).not.toContain("v3");
  });

  it("notices it without a crash when another replica knows more of it", () => {
    const { a, b, old } = fallBack("on");
    a.record = old;
    expect(b.sendTo(a)).toMatchObject({ hadAmnesia: true, isChanged: true });
    expect(b.sendTo(a)).toMatchObject({ hadAmnesia: false, isChanged: false });
    const { tookEpoch } = a.coordinate("v3") as { tookEpoch: boolean };
    expect(tookEpoch).toBe(true);
  });

  it("notices it when a client knows more of it", () => {
    const { a, b, old } = fallBack("on");
    const context = b.context();
    a.record = old;
    expect(a.coordinate("v3", context)).toMatchObject({ tookEpoch: true });
    exchangeAll([a, b]);
    expect(b.siblings()).toEqual(["v3"]);
  });
});

describe("ReplicaVersions", () => {
  it("takes one epoch for a key, and goes on under it", () => {
    const a = new Replica("a");
    const first = a.coordinate("v1");
    const second = a.coordinate("v2", a.context());
    expect(first).toMatchObject({ tookEpoch: true, dot: { node: "a", counter: 1 } });
    expect(second).toMatchObject({ tookEpoch: false, dot: { node: "a", counter: 2 } });
  });

  it("gives others nothing of its own epoch", () => {
    const [a, b] = [new Replica("a"), new Replica("b")];
    a.coordinate("v1");
    a.sendTo(b);
    expect(b.versions.shared(b.record!)).toEqual(a.versions.shared(a.record!));
    expect(b.coordinate("v2", b.context())).toMatchObject({ tookEpoch: true, dot: { node: "b" } });
  });

  it.each(["dvv", "vector-clock", "lww"] as const)("%s: a retry is the write again", (policy) => {
    const [a, b] = [new Replica("a", "on", policy), new Replica("b", "on", policy)];
    a.coordinate("v", undefined, 77_001);
    const record = a.record;
    expect(a.coordinate("v", undefined, 77_001)).toMatchObject({ outcome: "duplicate" });
    expect(a.record).toBe(record);
    b.coordinate("v", undefined, 77_001);
    exchangeAll([a, b]);
    expect(a.siblings()).toEqual(["v"]);
    expect(b.siblings()).toEqual(["v"]);
  });

  it("refuses damaged bytes, and changes nothing", () => {
    const [a, b] = [new Replica("a"), new Replica("b")];
    a.coordinate("v1");
    b.coordinate("w1");
    const sent = b.versions.shared(b.record!);
    for (let length = 0; length < sent.length; length++) {
      expect(() => a.versions.apply(a.record, sent.slice(0, length), 0)).toThrow(VersioningError);
    }
    expect(() => a.versions.read(new Uint8Array(0))).toThrow(VersioningError);
    expect(a.siblings()).toEqual(["v1"]);
  });
});
