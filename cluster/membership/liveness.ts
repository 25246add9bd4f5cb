// Who is believed to be up. A belief may be wrong and differ from node to node: what a request
// promises never rests on it, only whom it asks.

import type { NodeId } from "../runtime.ts";

export interface Liveness {
  isUp(node: NodeId): boolean;
  /** Called after a belief has changed. */
  onChange(listener: (node: NodeId, isUp: boolean) => void): void;
}
