// A simulated cluster of nodes that do nothing but agree on who owns what, while faults befall them
// and operators ask for changes.

import { ClusterError } from "../../../cluster/errors.ts";
import { Follower } from "../../../cluster/ownership/follower.ts";
import {
  foundingOwnership,
  membersOf,
  type Ownership,
} from "../../../cluster/ownership/ownership.ts";
import { encodeOwnership } from "../../../cluster/ownership/ownership-text.ts";
import { PlanRegister } from "../../../cluster/ownership/plan-register.ts";
import { Steward } from "../../../cluster/ownership/steward.ts";
import { fixedPartitions } from "../../../cluster/ring/fixed-partitions.ts";
import { plan } from "../../../cluster/ring/plan.ts";
import type { RingNode } from "../../../cluster/ring/ring-node.ts";
import type { RingStrategy } from "../../../cluster/ring/strategy.ts";
import type { NodeId, Runtime } from "../../../cluster/runtime.ts";
import { drawFaults } from "../../../cluster/simulation/nemesis.ts";
import { drawNodes, loadEngines, openStore } from "../../../cluster/simulation/store.ts";
import { World } from "../../../cluster/simulation/world.ts";
import { Random } from "../../../workloads/random.ts";

const KINDS = [
  ...(["flaky", "partition", "one-way", "clog", "slow-node"] as const),
  ...(["kill", "power-loss", "blackout"] as const),
];
const QUIET_MS = 30_000;
const RULES = { replicas: { dc: 3 } };

export interface PlanChaosResult {
  readonly violations: readonly string[];
  /** Changes that were decided. */
  readonly changes: number;
  readonly givenUp: number;
  /** Askings that were refused, by code. */
  readonly refused: Readonly<Record<string, number>>;
}

/** What is true of all nodes together; `adopted` is told of everything that any node adopts. */
class Judge {
  readonly violations: string[] = [];
  readonly #texts = new Map<number, string>();
  /** By node, the last that it adopted on this disk. */
  readonly last = new Map<NodeId, Ownership>();

  adopted(node: NodeId, ownership: Ownership): void {
    const { epoch, step } = ownership;
    const text = encodeOwnership(ownership);
    const known = this.#texts.get(epoch);
    if (known === undefined) this.#texts.set(epoch, text);
    else if (known !== text) this.violations.push(`epoch ${epoch} is two things`);
    const before = this.last.get(node);
    if (before !== undefined && before.epoch > epoch) {
      this.violations.push(`${node} goes back from ${before.epoch} to ${epoch}`);
    }
    this.last.set(node, ownership);
    const isEnd = step === "stable" && epoch > 1 && this.#wasSwitch(epoch - 1);
    if (isEnd) this.#allKnew(epoch - 1);
  }

  #wasSwitch(epoch: number): boolean {
    return this.#texts.get(epoch)?.includes('"step":"switch"') === true;
  }

  /** Who is waited for has adopted `switch`: before, it could be read at two epochs before. */
  #allKnew(epoch: number): void {
    const waited = this.#members.get(epoch) ?? [];
    for (const node of waited) {
      const { epoch: known = 0 } = this.last.get(node) ?? {};
      if (known < epoch) this.violations.push(`${node} knows ${known}, not ${epoch}, at its end`);
    }
  }

  readonly #members = new Map<number, readonly NodeId[]>();

  proposed(ownership: Ownership): void {
    this.#members.set(ownership.epoch, membersOf(ownership));
  }
}

/** Five nodes, of which the first three found the cluster; operators swap members. */
export async function runPlanChaos(
  seed: number,
  chaosMs: number,
  planted?: string,
): Promise<PlanChaosResult> {
  const random = new Random(seed);
  const drawn = drawNodes(random.split("nodes"), 5);
  const ids = drawn.map(({ id }) => id);
  const modules = await loadEngines(drawn);
  const ringNodes: RingNode[] = ids.map((id) => ({ id, capacity: 1, rack: id, dc: "dc" }));
  const strategy = fixedPartitions(16);
  const founders = ringNodes.slice(0, 3);
  const { ring } = plan(undefined, founders, RULES, strategy, random.split("ring"));
  const founding = foundingOwnership("test", ring, ids.slice(0, 3));
  const faults = drawFaults(random.split("faults"), {
    ...{ nodes: ids, chaosMs, kinds: KINDS, deadMax: 2, everyMs: 800 },
  });
  const judge = new Judge();
  const processes = new Map<NodeId, PlanProcess>();
  const world = new World({
    ...{ random, nodes: ids, faults, planted },
    boot: (runtime, watch) => {
      const isFounder = ids.indexOf(runtime.nodeId) < 3;
      const process = new PlanProcess(runtime, watch, {
        founding: isFounder ? founding : undefined,
        seeds: ids.slice(0, 3),
        openEngine: () => openStore(modules.get(runtime.nodeId)!, runtime, watch),
        adopted: (ownership) => {
          judge.proposed(ownership);
          judge.adopted(runtime.nodeId, ownership);
        },
        isUp: (node) => world.machines.get(node)!.isRunning,
      });
      processes.set(runtime.nodeId, process);
      return process;
    },
  });
  const operators = new Operators({ world, ids, ringNodes, strategy, random, chaosMs }, processes);
  const failures: unknown[] = [];
  for (const name of ["first", "second"]) {
    const work = (): Promise<void> => operators.work(name);
    world.scheduler.schedule(0, () => void work().catch((error) => failures.push(error)));
  }
  await world.run(chaosMs, QUIET_MS);
  if (failures.length > 0) throw failures[0];
  const violations = [...judge.violations, ...world.errors.map(({ message }) => message)];
  const ends = ids.map((id) => processes.get(id)!.follower.current);
  const newest = ends.reduce((a, b) => ((b?.epoch ?? 0) > (a?.epoch ?? 0) ? b : a))!;
  if (newest.step !== "stable") violations.push(`the change of epoch ${newest.epoch} has no end`);
  for (const node of newest.ring.nodes) {
    const { epoch = 0 } = processes.get(node.id)!.follower.current ?? {};
    if (epoch !== newest.epoch)
      violations.push(`${node.id} ends with ${epoch}, not ${newest.epoch}`);
  }
  return { violations, ...operators.counts() };
}

interface OperatorParts {
  readonly world: World;
  readonly ids: readonly NodeId[];
  readonly ringNodes: readonly RingNode[];
  readonly strategy: RingStrategy;
  readonly random: Random;
  readonly chaosMs: number;
}

/** People who ask any node for a ring of other members, or to give a change up. */
class Operators {
  readonly #parts: OperatorParts;
  readonly #processes: ReadonlyMap<NodeId, PlanProcess>;
  readonly #refused: Record<string, number> = {};
  #changes = 0;
  #givenUp = 0;

  constructor(parts: OperatorParts, processes: ReadonlyMap<NodeId, PlanProcess>) {
    this.#parts = parts;
    this.#processes = processes;
  }

  counts(): Pick<PlanChaosResult, "changes" | "givenUp" | "refused"> {
    return { changes: this.#changes, givenUp: this.#givenUp, refused: this.#refused };
  }

  async work(name: string): Promise<void> {
    const { world, ids, random, chaosMs } = this.#parts;
    const chance = random.split(name);
    for (;;) {
      await sleep(world, 300 + chance.nextBelow(2500));
      if (world.nowMs > chaosMs) return;
      const steward = this.#processes.get(ids[chance.nextBelow(5)]!)?.steward;
      if (steward === undefined) continue;
      // The process may die before it answers; the operator goes on.
      await Promise.race([this.#ask(steward, chance), sleep(world, 6000)]);
    }
  }

  async #ask(steward: Steward, chance: Random): Promise<void> {
    const { ringNodes, strategy } = this.#parts;
    const isAbandon = chance.nextBelow(4) === 0;
    const keep = 3 + chance.nextBelow(3);
    const first = chance.nextBelow(5);
    const nodes = Array.from({ length: keep }, (_, i) => ringNodes[(first + i) % 5]!);
    try {
      if (isAbandon) {
        await steward.abandon();
        this.#givenUp++;
        return;
      }
      await steward.begin((current) => {
        const { ring } = plan(current.ring, nodes, RULES, strategy, chance);
        return { ring, voters: ring.nodes.map(({ id }) => id), gone: [] };
      });
      this.#changes++;
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      this.#refused[error.code] = (this.#refused[error.code] ?? 0) + 1;
    }
  }
}

interface PlanProcessParts {
  readonly founding: Ownership | undefined;
  readonly seeds: readonly NodeId[];
  readonly openEngine: () => ReturnType<typeof openStore>;
  readonly adopted: (ownership: Ownership) => void;
  readonly isUp: (node: NodeId) => boolean;
}

const PLAN = 1;
const REGISTER = 2;

/** One node: what it says is marked by a first byte. */
class PlanProcess {
  readonly follower: Follower;
  steward: Steward | undefined;
  readonly #runtime: Runtime;
  readonly #watch: (work: Promise<unknown>) => void;
  readonly #parts: PlanProcessParts;
  #readyAtMs = 0;

  constructor(runtime: Runtime, watch: (work: Promise<unknown>) => void, parts: PlanProcessParts) {
    this.#runtime = runtime;
    this.#watch = watch;
    this.#parts = parts;
    this.follower = new Follower({
      ...{ runtime, cluster: "test", dir: "/plan", seeds: parts.seeds },
      send: (to, payload) => this.#send(PLAN, to, payload),
      adopt: (ownership) => {
        parts.adopted(ownership);
        const takesMs = runtime.random.split(`ready ${ownership.epoch}`).nextBelow(1500);
        this.#readyAtMs = runtime.clock.nowMs() + takesMs;
      },
      isReady: () => this.#isReady(),
      onPolled: (from, epoch, isReady) => this.steward?.onPolled(from, epoch, isReady),
      onForeign: () => {},
    });
  }

  async start(): Promise<void> {
    const runtime = this.#runtime;
    const { founding, openEngine, isUp } = this.#parts;
    const engine = await openEngine();
    this.follower.start(founding);
    let register: PlanRegister | undefined;
    runtime.network.onDatagram((from, datagram) => {
      const payload = datagram.subarray(1);
      if (datagram[0] === PLAN) this.follower.receive(from, payload);
      else register?.receive(from, payload);
      if (this.follower.current !== undefined && register === undefined) begin();
    });
    const begin = (): void => {
      register = new PlanRegister({
        ...{ runtime, engine, dir: "/register", watch: this.#watch },
        current: () => this.follower.current!,
        send: (to, payload) => this.#send(REGISTER, to, payload),
      });
      this.#watch(register.start());
      const liveness = { isUp, onChange: () => {} };
      const isReady = (): boolean => this.#isReady();
      const parts = { runtime, follower: this.follower, register, liveness, isReady };
      this.steward = new Steward({ ...parts, watch: this.#watch });
      this.steward.start();
    };
    if (this.follower.current !== undefined) begin();
  }

  #isReady(): boolean {
    return this.#runtime.clock.nowMs() >= this.#readyAtMs;
  }

  #send(kind: number, to: NodeId, payload: Uint8Array): void {
    if (to === this.#runtime.nodeId) return;
    const datagram = new Uint8Array(payload.length + 1);
    datagram[0] = kind;
    datagram.set(payload, 1);
    this.#runtime.network.send(to, datagram);
  }
}

function sleep(world: World, ms: number): Promise<void> {
  return new Promise((resolve) => world.scheduler.schedule(ms * 1000, resolve));
}
