import { defineConfig } from "vitest/config";
import { SkipReporter } from "./test/skips/reporter.ts";

// Where CI wants the results as JSON, beside what is printed.
const json = process.env.RINGBENCH_TEST_JSON;

export default defineConfig({
  test: {
    environment: "node",
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // Generous: the machine may be small and busy, and a slow test is not a wrong one.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: json ? ["default", new SkipReporter(), "json"] : ["default", new SkipReporter()],
    ...(json ? { outputFile: { json } } : {}),
  },
});
