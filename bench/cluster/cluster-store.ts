// A cluster in this process beside the engines of a comparison: the ycsb suite on one shape.

import type { EngineModule } from "../../engines/engine.ts";
import type { Clock } from "../../engines/io/clock.ts";
import type { ClusterSettings, Row } from "../../reports/result.ts";
import type { EngineSettings } from "../compare.ts";
import type { StoreModule } from "../store.ts";
import type { OtherStore, StoreRun, SuiteSettings } from "../suites/suite.ts";
import { runYcsbSuite } from "../suites/ycsb.ts";
import type { Timer } from "../timer.ts";
import { type LiveState, Watch } from "../watch.ts";
import { clusterModule, type InProcessCluster } from "./in-process-cluster.ts";
import { type ClusterShape, shapeSettings } from "./shape.ts";

export interface ClusterStoreParts {
  readonly engine: EngineModule;
  readonly engineSettings: EngineSettings;
  readonly shape: ClusterShape;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly onState?: (state: LiveState) => void;
}

export class ClusterStore implements OtherStore {
  readonly name: string;
  readonly warnings: readonly string[] = [];
  readonly cluster: ClusterSettings;
  readonly module: StoreModule<InProcessCluster>;
  readonly #parts: ClusterStoreParts;

  /** Throws ENGINE_UNSUPPORTED for an engine that no node can run on. */
  constructor(parts: ClusterStoreParts) {
    this.#parts = parts;
    this.module = clusterModule(parts.engine, parts.shape, parts.timer);
    this.name = this.module.name;
    this.cluster = shapeSettings(parts.shape);
  }

  execute(settings: SuiteSettings, run: StoreRun): AsyncGenerator<Row, void, undefined> {
    const { engineSettings, clock, onState } = this.#parts;
    const { name, module } = this;
    const watch = new Watch(clock);
    watch.onState = onState;
    return runYcsbSuite(settings, { ...run, name, module, engineSettings, watch });
  }
}
