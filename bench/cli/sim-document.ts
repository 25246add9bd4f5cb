// The document of `sim --json`: a contract, additions allowed.

import { z } from "zod";

const violationSchema = z.object({
  checker: z.string(),
  seed: z.int(),
  /** Its lines are those of the history that --histories writes. */
  message: z.string(),
  /** The command that repeats the whole run of the seed. */
  replay: z.string(),
  /** Of a part of a plan that was asked for: its history, a line each. */
  history: z.array(z.string()).optional(),
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
      /** --shrink was too little to say that nothing smaller fails. */
      stopped: z.boolean(),
      /** What was wrong in this run, by the lines of its history. */
      message: z.string(),
      history: z.array(z.string()),
    })
    .optional(),
});

const guaranteeSchema = z.object({ checked: z.int(), violated: z.int(), rate: z.number() });

/** Counts and rates that a scenario has of its own, and groups of them; undefined is left out. */
type Figure = number | { readonly [name: string]: Figure } | undefined;
const figureSchema: z.ZodType<Figure> = z.lazy(() =>
  z.union([z.number(), z.record(z.string(), figureSchema)]),
);

const simSchema = z.object({
  schemaVersion: z.literal(1),
  scenario: z.string(),
  /** The seeds are this one and those after it. */
  firstSeed: z.int(),
  /** How many seeds were run. */
  seeds: z.int(),
  /** Virtual minutes of faults a seed. */
  minutes: z.number(),
  /** The bug that was planted; absent: none. */
  planted: z.string().optional(),
  /** 16 hexadecimal digits over every event of every seed. */
  digest: z.string(),
  virtualHours: z.number(),
  events: z.int(),
  operations: z.int(),
  /** How often a fault changed an outcome. */
  faultsByKind: z.record(z.string(), z.int()),
  /** Under what the promises hold: of what a plan does, the most that it may. */
  envelope: z.record(z.string(), z.union([z.string(), z.number()])),
  /** The most that the plan of a seed did, by the names of the envelope. */
  used: z.record(z.string(), z.int()),
  violations: z.array(violationSchema),
  /** And under other names those of the scenario. */
  figures: z
    .object({
      /** By checker: the operations that it judged. */
      checked: z.record(z.string(), z.int()),
      /** By name: how often a path was taken. */
      marks: z.record(z.string(), z.int()),
      /**
       * By session guarantee: the operations that could have broken it, and those that did, of
       * seeds that do not claim it: where it is claimed, one that did is a violation. Absent where
       * they are not counted.
       */
      guarantees: z.record(z.string(), guaranteeSchema).optional(),
      /**
       * Acknowledged writes that are gone although none had seen them, where that is no violation:
       * last write wins does so by its nature. Absent: not counted.
       */
      lostUpdates: z.int().optional(),
      /** Of `runSeconds`. */
      eventsPerSec: z.number(),
      realSeconds: z.number(),
      /** Of `realSeconds`, what the seeds took, judges included, and not the smaller plans. */
      runSeconds: z.number(),
    })
    .catchall(figureSchema),
  /** Interrupted: seeds are missing. */
  partial: z.boolean(),
});

export type SimDocument = z.infer<typeof simSchema>;

export function simJsonSchema(): Record<string, unknown> {
  return { title: "What ringbench sim saw", ...z.toJSONSchema(simSchema, { io: "input" }) };
}
