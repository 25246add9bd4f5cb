import path from "node:path";
import { defineConfig } from "vitest/config";
import { SkipReporter } from "./test/skips/reporter.ts";

const isNightly = process.env.RINGBENCH_NIGHTLY === "1";
// Where CI wants the results as JSON, beside what is printed.
const json = process.env.RINGBENCH_TEST_JSON;

export default defineConfig({
  test: {
    environment: "node",
    // Many tests start the command line as a process: compiled once, it starts faster.
    env: { NODE_COMPILE_CACHE: path.join(import.meta.dirname, "node_modules", ".node-cache") },
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // Generous: the machine may be small and busy, and a slow test is not a wrong one.
    testTimeout: isNightly ? 3_600_000 : 60_000,
    hookTimeout: 60_000,
    reporters: json ? ["default", new SkipReporter(), "json"] : ["default", new SkipReporter()],
    ...(json ? { outputFile: { json } } : {}),
  },
});
