// What the engines that write a log and keep every key in memory can do.

import { type Capabilities, KEY_BYTES_MAX } from "../engine.ts";
import { LOGGED_VALUE_BYTES_MAX } from "./limits.ts";

export const LOGGED_CAPABILITIES: Capabilities = {
  durability: ["memory", "os", "group", "sync"],
  scan: true,
  snapshot: true,
  scanIsolation: true,
  atomicBatch: true,
  synchronous: true,
  verify: true,
  checkpoint: true,
  compact: true,
  verifiesReads: true,
  persistent: true,
  minKeyBytes: 0,
  maxKeyBytes: KEY_BYTES_MAX,
  maxValueBytes: LOGGED_VALUE_BYTES_MAX,
};
