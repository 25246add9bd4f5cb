// A run of a simulated cluster: real nodes on real engines, clients that ask, faults, and at the
// end a look at everything.
//
// Steps:
//  1. Nodes and sessions start; faults befall them until `chaosMs`, and sessions ask for what they
//     are still to ask for ASK_AFTER_MS longer.
//  2. CALM_MS after the chaos, when every node is up again, each session reads one key more, and an
//     auditor reads each key at ALL with blocking repair, as often as it takes. Then time ends.
//  3. What each replica of each key then holds is taken from its store.

import assert from "node:assert";
import type { HistoryEvent } from "../../checking/history.ts";
import type { ReplicaState } from "../../checking/lost-writes.ts";
import { ClusterNode } from "../../node.ts";
import { positionOf } from "../../ring/position.ts";
import { PreferenceLists } from "../../ring/preference-list.ts";
import type { Ring } from "../../ring/ring.ts";
import type { NodeId, RandomStream, Runtime } from "../../runtime.ts";
import { createPolicy } from "../../versioning/policies.ts";
import { VersionState } from "../../versioning/version.ts";
import type { Operation } from "../scenario.ts";
import { loadEngines, openStore } from "../store.ts";
import { hashBytes } from "../trace.ts";
import { World } from "../world.ts";
import { textOfValue } from "./client-value.ts";
import { type HeldOf, HintLedger } from "./hint-ledger.ts";
import { newestRing, Operator } from "./operator.ts";
import { OracleLiveness } from "./oracle.ts";
import type { ManyRead } from "./read-many.ts";
import { type Answer, Session, type SessionHabits } from "./session.ts";
import { type AskMode, type ClusterPlan, ringOf } from "./shape.ts";

/** After the faults: hints go back, deadlines of what is open pass. */
const CALM_MS = 8000;
/** Of those, for what clients could not ask before. */
export const ASK_AFTER_MS = 2500;
const QUIET_MS = 20_000;
const AUDITS_MAX = 10;
/** Between the last reads of two sessions. */
const CLOSE_EVERY_MS = 20;

/** What one replica holds of one key at the end. */
export interface HeldState extends ReplicaState {
  /** Of the bytes of its versions; 0 when it holds nothing. */
  readonly hash: number;
  /** The newest hybrid timestamp among them, tombstones included; 0 and 0 without. */
  readonly timeMs: number;
  readonly timeCounter: number;
}

export interface ClusterRun {
  readonly world: World;
  /** That the run began with. */
  readonly ring: Ring;
  /** That reads went to at the end. */
  readonly endRing: Ring;
  /** By nodes that took partitions over. */
  readonly taken: { readonly keys: number; readonly bytes: number };
  readonly history: readonly HistoryEvent[];
  /** Of what was done, in the order of the answers. */
  readonly answers: readonly Answer[];
  /** Of operations on several keys, in the order of their beginnings. */
  readonly many: readonly ManyRead[];
  readonly nodes: ReadonlyMap<NodeId, ClusterNode>;
  readonly hints: ReadonlyMap<NodeId, HintLedger>;
  /** By key, what each replica holds at the end. */
  readonly final: ReadonlyMap<string, readonly HeldState[]>;
  /** Keys that the auditor could not read at ALL. */
  readonly unread: readonly string[];
  /** When the auditor began. */
  readonly auditMs: number;
}

const AUDIT: Pick<AskMode, "read" | "mode"> = {
  read: { level: "ALL" },
  mode: { fanOut: "all", digests: false, repair: "blocking", hedge: false },
};

export async function runCluster(
  plan: ClusterPlan,
  random: RandomStream,
  planted: string | undefined,
  habitsOf: (session: string) => SessionHabits = () => ({}),
): Promise<ClusterRun> {
  const { shape, chaosMs } = plan;
  const ring = ringOf(shape, random.split("ring"));
  const machines = new Machines(plan, random, planted, ring, await loadEngines(plan.nodes));
  const { world, nodes, hints } = machines;
  if (plan.isCalm === true) world.probes.calm();
  const history: HistoryEvent[] = [];
  const answers: Answer[] = [];
  const many: ManyRead[] = [];
  let processes = 0;
  const sessionOf = (name: string, dc?: string): Session =>
    new Session({
      ...{ name, world, ring, shape, history, answers, many, habits: habitsOf(name) },
      ...(dc === undefined ? {} : { dc }),
      random: random.split("sessions").split(name),
      nextProcess: () => processes++,
    });
  const auditMs = chaosMs + CALM_MS;
  const errors: unknown[] = [];
  let working = 0;
  const start = (work: Promise<unknown>): void => {
    working++;
    work.then(
      () => working--,
      (error: unknown) => errors.push(error),
    );
  };
  for (const [session, operations] of Map.groupBy(plan.operations, (it) => it.session)) {
    const running = sessionOf(`s${session}`, dcOfSession(plan, session));
    const closeMs = auditMs + session * CLOSE_EVERY_MS;
    const asking = (): Promise<void> => ask(running, operations, chaosMs + ASK_AFTER_MS, closeMs);
    world.scheduler.schedule(0, () => start(asking()));
  }
  const keys = keysOf(plan.operations);
  const unread = new Set(keys);
  const auditor = sessionOf("auditor");
  const auditing = async (): Promise<void> => {
    await auditor.sleepUntil(auditMs);
    await machines.checkHints();
    await audit(auditor, unread, shape.ask);
  };
  world.scheduler.schedule(0, () => start(auditing()));
  for (const asked of plan.ringChanges ?? []) {
    const operator = new Operator(world, nodes, shape, random.split("operator"));
    world.scheduler.schedule(asked.atMs * 1000, () => start(operator.change(asked)));
  }
  await world.run(chaosMs, CALM_MS + QUIET_MS, () => working === 0 || errors.length > 0);
  if (errors.length > 0) throw errors[0];
  const endRing = newestRing(ring, nodes);
  const final = await finalOf(plan, endRing, nodes, keys);
  const seen = { history, answers, many, unread: [...unread], auditMs };
  return { world, ring, endRing, taken: machines.taken, nodes, hints, final, ...seen };
}

/** The world, with a node of the cluster on each of its machines. */
class Machines {
  readonly world: World;
  /** The last one that was started on each machine. */
  readonly nodes = new Map<NodeId, ClusterNode>();
  readonly hints = new Map<NodeId, HintLedger>();
  readonly taken = { keys: 0, bytes: 0 };
  readonly #plan: ClusterPlan;
  readonly #ring: Ring;
  readonly #modules: Awaited<ReturnType<typeof loadEngines>>;
  readonly #begunMs = new Map<NodeId, number>();

  constructor(
    plan: ClusterPlan,
    random: RandomStream,
    planted: string | undefined,
    ring: Ring,
    modules: Awaited<ReturnType<typeof loadEngines>>,
  ) {
    this.#plan = plan;
    this.#ring = ring;
    this.#modules = modules;
    const { faults } = plan;
    const ids = plan.nodes.map(({ id }) => id);
    const heldOf: HeldOf = (node, { keyspace, key }, isDurable) =>
      this.nodes.get(node)!.held(keyspace, key, isDurable);
    for (const id of ids) this.hints.set(id, new HintLedger(id, heldOf));
    this.world = new World({
      ...{ random, nodes: ids, faults, planted },
      boot: (runtime, watch) => this.#boot(runtime, watch),
    });
  }

  #boot(runtime: Runtime, watch: (work: Promise<unknown>) => void): { start: () => Promise<void> } {
    const { shape } = this.#plan;
    const { nodeId } = runtime;
    const module = this.#modules.get(nodeId)!;
    const ledger = this.hints.get(nodeId)!;
    ledger.begin(this.#lostDisk(nodeId));
    const { pendingNode, antiEntropy } = shape;
    const node = new ClusterNode(runtime, {
      ring: this.#ring,
      keyspaces: [shape.keyspace],
      liveness: new OracleLiveness(this.world, runtime),
      dir: "/node",
      openEngine: (_name, durability, dir) =>
        openStore(module, runtime, watch, { dir, durability }),
      watch,
      requestsMax: shape.requestsMax,
      hintObserver: ledger,
      ...(pendingNode === undefined ? {} : { pending: () => [pendingNode] }),
      ...(antiEntropy === undefined ? {} : { antiEntropy }),
      onAntiEntropy: ({ kind, keysFetched, dataBytes }) => {
        if (kind !== "pull") return;
        this.taken.keys += keysFetched;
        this.taken.bytes += dataBytes;
      },
    });
    this.nodes.set(nodeId, node);
    return { start: () => node.start().then(() => ledger.loaded()) };
  }

  /** Of targets that have lost no disk. */
  async checkHints(): Promise<void> {
    const { faults, shape } = this.#plan;
    const { conflicts } = shape.keyspace;
    if (conflicts === "linearizable") return;
    const policy = createPolicy(conflicts);
    const isSafeFrom = (kind: "disk-loss" | "full-disk") => (node: NodeId) =>
      !faults.some((fault) => fault.kind === kind && fault.node === node);
    const facts = { hasDisk: isSafeFrom("disk-loss"), isSteady: isSafeFrom("full-disk") };
    for (const ledger of this.hints.values()) await ledger.checkTargets(policy, facts);
  }

  /** Since its last process was started. */
  #lostDisk(id: NodeId): boolean {
    const { nowMs } = this.world;
    const sinceMs = this.#begunMs.get(id) ?? 0;
    this.#begunMs.set(id, nowMs);
    return this.#plan.faults.some((fault) => {
      const isOurs = fault.kind === "disk-loss" && fault.node === id;
      return isOurs && fault.atMs >= sinceMs && fault.atMs <= nowMs;
    });
  }
}

/** Sessions take turns: one of each data centre that has replicas, and one of none. */
export function dcOfSession({ shape }: ClusterPlan, session: number): string | undefined {
  const { replicas } = shape.keyspace;
  const centres = Object.keys(replicas).filter((dc) => replicas[dc]! > 0);
  return centres.length < 2 ? undefined : centres[session % (centres.length + 1)];
}

/** All that are asked for, sorted. */
export function keysOf(operations: readonly Operation[]): string[] {
  const keys = new Set<string>();
  for (const { key, alsoKeys } of operations) {
    keys.add(key);
    for (const other of alsoKeys ?? []) keys.add(other);
  }
  return [...keys].sort();
}

async function ask(
  session: Session,
  operations: readonly Operation[],
  untilMs: number,
  closeMs: number,
): Promise<void> {
  await session.run(operations, untilMs);
  await session.sleepUntil(closeMs);
  const { session: number, key } = operations.at(-1)!;
  await session.perform({ session: number, atMs: closeMs, f: "get", key });
}

async function audit(auditor: Session, unread: Set<string>, shapeAsk: AskMode): Promise<void> {
  for (let round = 0; round < AUDITS_MAX && unread.size > 0; round++) {
    for (const key of [...unread]) {
      const operation = { session: -1, atMs: 0, f: "get", key } as const;
      if (await auditor.perform(operation, { ...shapeAsk, ...AUDIT })) unread.delete(key);
    }
  }
}

async function finalOf(
  { shape }: ClusterPlan,
  ring: Ring,
  nodes: ReadonlyMap<NodeId, ClusterNode>,
  keys: readonly string[],
): Promise<Map<string, HeldState[]>> {
  const final = new Map<string, HeldState[]>();
  const { keyspace } = shape;
  if (keyspace.conflicts === "linearizable") return final;
  const lists = new PreferenceLists(ring, keyspace.replicas);
  const policy = createPolicy(keyspace.conflicts);
  for (const key of keys) {
    const states: HeldState[] = [];
    for (const replica of lists.of(positionOf(Buffer.from(key))).nodes) {
      const node = nodes.get(replica);
      assert(node !== undefined, "every node of the ring has run");
      const set = await node.held(keyspace.name, Buffer.from(key));
      if (set === undefined) {
        states.push({ replica, siblings: [], hash: 0, timeMs: 0, timeCounter: 0 });
        continue;
      }
      const { siblings, context } = policy.read(policy.decode(set));
      const { timeMs, timeCounter } = context;
      const live = siblings.filter(({ state }) => state === VersionState.value);
      const values = live.map((version) => textOfValue(version.value()));
      states.push({ replica, siblings: values, hash: hashBytes(set), timeMs, timeCounter });
    }
    final.set(key, states);
  }
  return final;
}
