// The document of `conform --json`: a contract, additions allowed.

import { z } from "zod";
import { resultSchema } from "../../reports/result.ts";

const caseSchema = z.object({
  name: z.string(),
  /** R1 to R8 of the contract, or the method or claim that documents the rule. */
  rule: z.string(),
  /** The rule in words. */
  ruleText: z.string(),
  /** What the manifest claims and the case tests: "scanIsolation", "durability sync". */
  claims: z.array(z.string()),
  outcome: z.enum(["passed", "failed", "not-applicable"]),
  /** What was expected and what was seen; of a failure. */
  message: z.string().optional(),
  /** Why the case does not apply. */
  reason: z.string().optional(),
  /** The command that runs the case again; of a failure. */
  repeat: z.string().optional(),
});

const conformSchema = z.object({
  schemaVersion: z.literal(1),
  module: z.string(),
  engine: z.string(),
  version: z.string(),
  description: z.string(),
  supports: z.record(z.string(), z.unknown()),
  seed: z.int(),
  /** Every case that ran passed. */
  conforms: z.boolean(),
  passed: z.int(),
  failed: z.int(),
  notApplicable: z.int(),
  /** Interrupted: cases are missing. */
  partial: z.boolean(),
  /** Rules that a failed case names, each once. */
  brokenRules: z.array(z.string()),
  cases: z.array(caseSchema),
  /** A short run: the rows of `engines`, to see that it works, not to compare by. */
  benchmark: z
    .object({
      indicative: z.literal(true),
      records: z.int(),
      rows: z.array(resultSchema.shape.rows.element),
    })
    .optional(),
});

export type ConformDocument = z.infer<typeof conformSchema>;

export function conformJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(conformSchema, { io: "input" });
  return { title: "What ringbench conform found", ...schema };
}
