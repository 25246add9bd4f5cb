// What the two threads of `check-history` say to each other.

import type { Failure } from "./failure.ts";
import type { FileResult, JudgeOptions } from "./history-judgement.ts";

export interface HistoryTask {
  readonly files: readonly string[];
  readonly options: JudgeOptions;
}

/** Of each file one, in their order, or a failure that ends all. */
export type HistoryNote =
  | { readonly kind: "judged"; readonly result: FileResult }
  | { readonly kind: "refused"; readonly file: string; readonly message: string }
  | { readonly kind: "failed"; readonly failure: Failure };
