// What is measured: a storage engine, or something that is built of engines and brings its own way
// to be driven.

import type { Engine, EngineModule, EngineOptions } from "../engines/engine.ts";
import type { ClusterSettings } from "../reports/result.ts";
import { EngineTarget } from "./engine-target.ts";
import type { TargetParts } from "./store-target.ts";
import type { Target } from "./target.ts";

/** What a session asks of whatever it has open. */
type StoreLife = Pick<Engine, "durability" | "supports" | "stats" | "flush" | "close">;

/** A store that is no engine. */
export interface OtherMeasured extends StoreLife {
  newTarget(parts: TargetParts): Target;
}

export type MeasuredStore = Engine | OtherMeasured;

/** What is known of a store before it is opened. */
export interface StoreModule<S extends MeasuredStore = MeasuredStore>
  extends Pick<EngineModule, "name" | "version" | "supports"> {
  /** What there is to say of all its rows. */
  readonly notes?: readonly string[];
  /** Of a cluster: how it is made and asked. */
  readonly cluster?: ClusterSettings;
  open(options: EngineOptions): Promise<S>;
}

/** What drives it. */
export function targetOf(store: MeasuredStore, parts: TargetParts): Target {
  return "newTarget" in store ? store.newTarget(parts) : new EngineTarget(store, parts);
}
