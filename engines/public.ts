// The package's public surface: what the author of an engine, or of a program on top of one, needs.
// It only hands on; the conformance suite is `ringbench/conformance`.

export { WriteBatch } from "./batch.ts";
export {
  type Batch,
  type BatchVisitor,
  type Capabilities,
  type Cursor,
  DURABILITIES,
  type Durability,
  type Engine,
  type EngineEvent,
  type EngineModule,
  type EngineOptions,
  type EngineStats,
  KEY_BYTES_MAX,
  type MaybePromise,
  type ScanChunk,
  type ScanOptions,
  type Snapshot,
  VALUE_BYTES_MIN_SUPPORTED,
  type VerifyProblem,
  type VerifyReport,
} from "./engine.ts";
export { corruption, EngineError, type EngineErrorCode, ioError } from "./errors.ts";
export { type Clock, systemClock } from "./io/clock.ts";
export type { File, FileSystem, FolderLock, OpenMode } from "./io/filesystem.ts";
export { claimFolder, type FolderIdentity } from "./io/folder.ts";
export { nodeFileSystem } from "./io/node-filesystem.ts";
export { completeOptions, type OpenEngineOptions } from "./options.ts";
export { engineNames, loadEngine, openEngine } from "./registry.ts";
