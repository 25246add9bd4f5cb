// Random executions of replicas that crash, fall back to an earlier record and lose their disks,
// beside a model that knows as plain sets what each of them can still know.

import fc from "fast-check";
import { expect, it } from "vitest";
import { ActorEpochs } from "../../../cluster/versioning/actor-epochs.ts";
import type { Context } from "../../../cluster/versioning/context.ts";
import { createPolicy } from "../../../cluster/versioning/policies.ts";
import { type EpochMode, ReplicaVersions } from "../../../cluster/versioning/replica-versions.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { Random } from "../../../workloads/random.ts";

const REPLICAS = 3;
const RUNS = process.env.RINGBENCH_NIGHTLY === "1" ? 10_000 : 500;

type Step =
  | { readonly kind: "write"; readonly at: number; readonly readAt: number | undefined }
  | { readonly kind: "send"; readonly at: number; readonly to: number }
  /** The engine remembers this moment: the next fall-back goes there. */
  | { readonly kind: "sync" | "crash" | "fall-back" | "restart" | "wipe"; readonly at: number };

const replica = fc.nat(REPLICAS - 1);
const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("write" as const),
        at: replica,
        readAt: fc.option(replica, { nil: undefined }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("send" as const), at: replica, to: replica }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom("sync", "crash", "fall-back", "restart", "wipe"),
        at: replica,
      }),
    },
  ) as fc.Arbitrary<Step>,
  { maxLength: 40, size: "max" },
);

interface State {
  readonly record: Uint8Array | undefined;
  /** The writes that the record knows of. */
  readonly known: ReadonlySet<number>;
}

const NOTHING: State = { record: undefined, known: new Set() };

class Replica {
  readonly #node: string;
  readonly #mode: EpochMode;
  readonly #disk = new MemoryDisk();
  #lives = 0;
  #epochs!: ActorEpochs;
  versions!: ReplicaVersions;
  state = NOTHING;
  synced = NOTHING;

  constructor(node: string, mode: EpochMode) {
    this.#node = node;
    this.#mode = mode;
    this.#start();
  }

  #start(): void {
    this.#epochs = new ActorEpochs({
      files: this.#disk.mount(),
      dir: "/epochs",
      node: this.#node,
      random: new Random(5).split(this.#node).split(this.#lives++),
      nowWallMs: 1000,
    });
    const policy = createPolicy("dvv", { siblingsMax: 1000 });
    this.versions = new ReplicaVersions({ policy, epochs: this.#epochs, mode: this.#mode });
  }

  end(kind: "crash" | "fall-back" | "restart" | "wipe"): void {
    if (kind === "restart") {
      this.synced = this.state;
      this.#epochs.close({ dataIsDurable: true });
    }
    if (kind === "wipe") {
      this.#disk.wipe();
      this.state = NOTHING;
      this.synced = NOTHING;
    } else this.#disk.losePower();
    if (kind === "fall-back") this.state = this.synced;
    this.#start();
  }

  context(): Context | undefined {
    const { record } = this.state;
    return record === undefined ? undefined : this.versions.read(record).context;
  }

  siblings(): number[] {
    const { record } = this.state;
    if (record === undefined) return [];
    return this.versions
      .read(record)
      .siblings.map(({ number }) => number)
      .sort((a, b) => a - b);
  }
}

/** Throws at the first replica that does not hold exactly what nobody whom it knows has seen. */
function run(mode: EpochMode, list: readonly Step[]): void {
  const replicas = ["a", "b", "c"].map((node) => new Replica(node, mode));
  const histories: ReadonlySet<number>[] = [];
  for (const step of list) {
    const at = replicas[step.at]!;
    switch (step.kind) {
      case "write": {
        const reader = step.readAt === undefined ? undefined : replicas[step.readAt]!;
        const context = reader?.context();
        const history = reader?.state.known ?? new Set<number>();
        const number = histories.push(history) - 1;
        const result = at.versions.coordinate(at.state.record, {
          value: new Uint8Array([number]),
          ...(context === undefined ? {} : { context }),
          request: { client: 1, number },
          nowWallMs: 1000,
        });
        if (result.outcome !== "written") throw new Error(result.outcome);
        const known = new Set([...at.state.known, ...history, number]);
        at.state = { record: result.record, known };
        break;
      }
      case "send": {
        const to = replicas[step.to]!;
        if (at.state.record === undefined || at === to) break;
        const sent = at.versions.shared(at.state.record);
        const { record } = to.versions.apply(to.state.record, sent, 1000);
        to.state = { record, known: new Set([...to.state.known, ...at.state.known]) };
        break;
      }
      case "sync":
        at.synced = at.state;
        break;
      default:
        at.end(step.kind);
    }
    for (const [i, { state }] of replicas.entries()) {
      const known = [...state.known];
      const seen = (write: number) => known.some((other) => histories[other]!.has(write));
      const maximal = known.filter((write) => !seen(write)).sort((a, b) => a - b);
      const siblings = replicas[i]!.siblings();
      if (siblings.join() !== maximal.join()) expect(siblings, `replica ${i}`).toEqual(maximal);
    }
  }
}

it("with epochs no loss of memory makes one write hide another", () => {
  fc.assert(
    fc.property(steps, (list) => run("on", list)),
    { numRuns: RUNS },
  );
});

it("without epochs some does", () => {
  const result = fc.check(
    fc.property(steps, (list) => run("off", list)),
    { numRuns: RUNS, seed: 1 },
  );
  expect(result.failed).toBe(true);
});
