// The public surface of the cluster layer, `ringbench/cluster`: nodes to run and clients to ask
// them, rings to plan, versions to merge, histories to judge. It only hands on.

export { type Finding, Scrub } from "./antientropy/scrub.ts";
export type { EventType, HistoryEvent, HistoryFunction } from "./checking/history.ts";
export { HistoryError, type HistoryErrorCode } from "./checking/history-error.ts";
export {
  checkLinearizability,
  type LinearizabilityOptions,
  type LinearizabilityResult,
} from "./checking/linearizability.ts";
export {
  checkLostWrites,
  type ExcusedLoss,
  type LostWritesOptions,
  type LostWritesVerdict,
  type ReplicaState,
} from "./checking/lost-writes.ts";
export {
  checkAgreement,
  checkLists,
  checkMovement,
  checkOwnership,
  type JudgedList,
  type JudgedRing,
  type PlacementProblem,
} from "./checking/placement.ts";
export { checkRegular, type RegularOptions } from "./checking/regular.ts";
export {
  checkSessions,
  type Guarantee,
  type GuaranteeCount,
  type SessionsOptions,
  type SessionsVerdict,
} from "./checking/sessions.ts";
export { type CausalOrder, checkSiblings, type SiblingsOptions } from "./checking/siblings.ts";
export type { Verdict, Violation } from "./checking/verdict.ts";
export type {
  ClientOptions,
  ClientRuntime,
  ReadOptions,
  RequestOptions,
  WriteOptions,
} from "./client/options.ts";
export type {
  GetResult,
  ManyResult,
  ScanPage,
  SwapResult,
  WriteResult,
} from "./client/results.ts";
export { ClusterClient, type ScanRange } from "./client.ts";
export { ClusterError, type ClusterErrorCode, type WriteFate } from "./errors.ts";
export {
  type ConflictMode,
  createKeyspace,
  type Keyspace,
  type KeyspaceSettings,
} from "./keyspace.ts";
export type { Liveness } from "./membership/liveness.ts";
export { ClusterNode, type NodeParts, type NodeStats } from "./node.ts";
export { foundingOwnership, type Ownership, type RingChange } from "./ownership/ownership.ts";
export { Steward } from "./ownership/steward.ts";
export type { Consistency, Level } from "./replication/consistency.ts";
export { topologyOf } from "./replication/topology.ts";
export {
  type ActiveList,
  type ActiveReplica,
  activeList,
  fallbacksOf,
} from "./ring/active-list.ts";
export { fixedPartitions } from "./ring/fixed-partitions.ts";
export { idealShare, type Move, movedShare } from "./ring/movement.ts";
export { type Plan, plan } from "./ring/plan.ts";
export { positionOf } from "./ring/position.ts";
export { type PreferenceList, PreferenceLists } from "./ring/preference-list.ts";
export { randomTokens } from "./ring/random-tokens.ts";
export type { Ring } from "./ring/ring.ts";
export { RingError, type RingErrorCode } from "./ring/ring-error.ts";
export type { PlacementRules, ReplicationRule, RingNode } from "./ring/ring-node.ts";
export { decodeRing, encodeRing } from "./ring/ring-text.ts";
export type { RingStrategy } from "./ring/strategy.ts";
export type {
  NodeClock,
  NodeId,
  NodeNetwork,
  NodeProbes,
  NodeTimers,
  RandomStream,
  Runtime,
} from "./runtime.ts";
export { LocalNetwork, type Turns } from "./transport/local.ts";
export type { AnsweredBy, ManyEntry, ReadMode } from "./transport/message.ts";
export {
  type Context,
  decodeContext,
  encodeContext,
  formatContext,
  parseContext,
} from "./versioning/context.ts";
export { join, last, reconcile } from "./versioning/dvv-set.ts";
export { VersioningError, type VersioningErrorCode } from "./versioning/errors.ts";
export { createPolicy } from "./versioning/policies.ts";
export type { ConflictPolicy, PolicyName, PolicyOptions } from "./versioning/policy.ts";
export { type Repair, type Reply, repairs } from "./versioning/repair-plan.ts";
export { mergeClocks, type VectorClock } from "./versioning/vector-clock.ts";
export type { Version } from "./versioning/version.ts";
