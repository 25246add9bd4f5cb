// A run of processes of a scenario's own, each on an engine, and of clients that ask them by
// datagrams: what the scenarios `register` and `lost-actor-state` have in common.

import type { EngineModule } from "../../engines/engine.ts";
import type { HistoryEvent } from "../checking/history.ts";
import type { NodeId, RandomStream, Runtime } from "../runtime.ts";
import { type ClientProtocol, startClients } from "./client.ts";
import { judgeLiveness } from "./judge-liveness.ts";
import type { Process } from "./machine.ts";
import type { Plan } from "./scenario.ts";
import { loadEngines } from "./store.ts";
import { World } from "./world.ts";

/** What every node is made of. */
export interface ProcessParts {
  readonly nodes: readonly NodeId[];
  readonly engine: EngineModule;
  /** Is told of all work that nobody waits for. */
  readonly watch: (work: Promise<unknown>) => void;
}

interface Behaviour {
  readonly boot: (runtime: Runtime, parts: ProcessParts) => Process;
  readonly protocolOf: (session: number) => ClientProtocol;
  /** From the end of the faults until everybody looks at what is left, and until the end. */
  readonly calmMs: number;
  readonly quietMs: number;
}

export interface ProcessRun {
  readonly world: World;
  readonly history: readonly HistoryEvent[];
  /** When sessions began to look at what is left. */
  readonly closesAtMs: number;
  readonly liveness: ReturnType<typeof judgeLiveness>;
}

export async function runProcesses(
  { nodes: drawn, faults, operations, chaosMs }: Plan,
  random: RandomStream,
  { boot, protocolOf, calmMs, quietMs }: Behaviour,
): Promise<ProcessRun> {
  const modules = await loadEngines(drawn);
  const nodes = drawn.map(({ id }) => id);
  const world = new World({
    ...{ random, nodes, faults },
    boot: (runtime, watch) => boot(runtime, { nodes, engine: modules.get(runtime.nodeId)!, watch }),
  });
  const closesAtMs = chaosMs + calmMs;
  const clients = { nodes, operations, closesAtMs, random: random.split("clients") };
  const history = startClients(world, clients, protocolOf);
  await world.run(chaosMs, quietMs);
  return { world, history, closesAtMs, liveness: judgeLiveness(history, closesAtMs) };
}
