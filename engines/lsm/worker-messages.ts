// What the two ends of the worker thread say to each other.

import { EngineError, type EngineErrorCode } from "../errors.ts";
import type { Job, JobResult } from "./job.ts";

export interface JobRequest {
  readonly number: number;
  readonly job: Job;
}

export type JobReport =
  | { readonly kind: "progress"; readonly number: number; readonly bytes: number }
  | { readonly kind: "done"; readonly number: number; readonly result: JobResult }
  | { readonly kind: "failed"; readonly number: number; readonly failure: PlainError };

/** An EngineError as data: classes do not survive the way between threads. */
export interface PlainError {
  readonly code: EngineErrorCode;
  readonly message: string;
  readonly file: string | undefined;
  readonly offset: number | undefined;
}

export function plainError(error: unknown): PlainError {
  if (error instanceof EngineError) {
    const { code, message, file, offset } = error;
    return { code, message, file, offset };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: "ENGINE_IO", message, file: undefined, offset: undefined };
}

export function engineError({ code, message, file, offset }: PlainError): EngineError {
  return new EngineError(code, message, {
    ...(file === undefined ? {} : { file }),
    ...(offset === undefined ? {} : { offset }),
  });
}
