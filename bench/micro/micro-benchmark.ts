// What a micro-benchmark is.

export interface MicroBenchmark {
  readonly name: string;
  /** Operations that one call of `run` does. */
  readonly operations: number;
  run(): void | Promise<void>;
}
