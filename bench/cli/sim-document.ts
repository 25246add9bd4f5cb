// The document of `sim --json`: a contract, additions allowed.

import { z } from "zod";

const violationSchema = z.object({
  checker: z.string(),
  seed: z.int(),
  message: z.string(),
  /** The command that repeats the whole run of the seed. */
  replay: z.string(),
  /** What is enough to fail, when it was made smaller, and the command that runs it. */
  shrunk: z
    .object({
      faults: z.int(),
      ofFaults: z.int(),
      operations: z.int(),
      ofOperations: z.int(),
      replay: z.string(),
      /** The faults that are left, a line each. */
      schedule: z.array(z.string()),
    })
    .optional(),
});

const simSchema = z.object({
  schemaVersion: z.literal(1),
  scenario: z.string(),
  /** How many seeds were run. */
  seeds: z.int(),
  /** 16 hexadecimal digits over every event of every seed. */
  digest: z.string(),
  virtualHours: z.number(),
  events: z.int(),
  operations: z.int(),
  /** How often a fault changed an outcome. */
  faultsByKind: z.record(z.string(), z.int()),
  /** Under what the promises hold. */
  envelope: z.record(z.string(), z.union([z.string(), z.number()])),
  violations: z.array(violationSchema),
  figures: z.object({
    /** By checker: the operations that it judged. */
    checked: z.record(z.string(), z.int()),
    /** By name: how often a path was taken. */
    marks: z.record(z.string(), z.int()),
    eventsPerSec: z.number(),
    realSeconds: z.number(),
  }),
  /** Interrupted: seeds are missing. */
  partial: z.boolean(),
});

export type SimDocument = z.infer<typeof simSchema>;

export function simJsonSchema(): Record<string, unknown> {
  return { title: "What ringbench sim saw", ...z.toJSONSchema(simSchema, { io: "input" }) };
}
