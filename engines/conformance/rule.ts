// The rules of the contract, as a report names them: R1 to R8 stand at the top of engine.ts; the
// others are named after the method, the option or the claim that documents them there.

export const RULES = {
  R1: "keys and values up to the limits, in bytewise order; what is longer throws ENGINE_LIMIT",
  R2: "an engine copies what it needs of its arguments before the call returns",
  R3: "what get returned belongs to the caller",
  R5: "a write is visible once it was appended, in the order of the calls",
  R6: "an acknowledged write is as safe as the level says, and so is every write before it",
  R7: "nothing that comes from a file is handed out unless it was verified",
  R8: "errors that a user can meet are EngineError with a stable code",
  supports: "the manifest says what the engine can do, and the rest throws ENGINE_UNSUPPORTED",
  open: "open locks the folder, and refuses one that is in use or holds something else",
  close: "close makes earlier writes safe, lets go of the folder, and may be called twice",
  getMany: "values in the order of the keys, undefined where absent",
  batch: "writes that become visible and durable together; the last write to a key wins",
  scan: "the records between the bounds, in order, as many as the limit says",
  snapshot: "a state of the engine that later writes do not change",
  compact: "dead space is given back, and no live record is lost",
  verify: "every byte is read and checked, and damage is listed",
  checkpoint: "a copy of the state as of the call that opens as a store",
  flush: "every earlier write is as durable as sync makes it",
  model: "any calls, in any order, give what a sorted map in a file would give",
  stats: "the same words for all engines; what an engine cannot know is absent, never 0",
  onEvent: "each event begins and ends once, under a number of its own",
} as const;

export type Rule = keyof typeof RULES;
