// What anti-entropy tells about itself: for statistics, timelines and judges.

import type { NodeId } from "../runtime.ts";
import type { Partition } from "./partition.ts";

/**
 * How an exchange or a pull ended.
 *
 * - `equal`: the two hold the same of the partition, as far as 48 bits can tell.
 * - `repaired`: differences were found; those that were confirmed were brought to both.
 * - `partly`: as `repaired`, and there may be more: too many for one exchange, or keys that could
 *   not be read or stored.
 * - `other-plan`: the nodes have different plans or rules. - `not-ready`: an index or a tree is not
 *   made yet, or changed its shape. - `timeout`: no answer. - `failed`: an engine could not read or
 *   write. - `stopped`: this node stops. Nothing is wrong with what was done until then; what was
 *   not done is found by the next exchange.
 */
export type EndReason =
  | "equal"
  | "repaired"
  | "partly"
  | "other-plan"
  | "not-ready"
  | "timeout"
  | "failed"
  | "stopped";

/** What exchanges have done. */
export interface Account {
  /** Keys whose hashes the other node listed, since a sum above them differed. */
  keysCompared: number;
  /** Keys that still differed at the second look. */
  keysDiffering: number;
  /** Keys taken in here, whether that changed anything or not, and keys sent there. */
  keysFetched: number;
  keysPushed: number;
  /** Keys that could not be read or stored on one of the two nodes. */
  keysFailed: number;
  /** Of requests and answers, both ways: to find differences, and to bring versions. */
  treeBytes: number;
  dataBytes: number;
}

export interface ExchangeReport extends Readonly<Account> {
  readonly keyspace: string;
  readonly peer: NodeId;
  readonly partition: Partition;
  readonly end: EndReason;
  readonly durationMs: number;
}

export function newAccount(): Account {
  return {
    ...{ keysCompared: 0, keysDiffering: 0, keysFetched: 0, keysPushed: 0, keysFailed: 0 },
    ...{ treeBytes: 0, dataBytes: 0 },
  };
}

export function addAccount(total: Account, more: Readonly<Account>): void {
  total.keysCompared += more.keysCompared;
  total.keysDiffering += more.keysDiffering;
  total.keysFetched += more.keysFetched;
  total.keysPushed += more.keysPushed;
  total.keysFailed += more.keysFailed;
  total.treeBytes += more.treeBytes;
  total.dataBytes += more.dataBytes;
}

export type AntiEntropyEvent =
  | ({ readonly kind: "exchange" } & ExchangeReport)
  | ({ readonly kind: "pull" } & ExchangeReport);
