// `ringbench verify DIR`: a full check of a data folder, which is only read.

import { Command } from "commander";
import { z } from "zod";
import {
  type FolderNote,
  type FolderProblem,
  type FolderReport,
  verifyFolder,
} from "../../engines/verify/verify-folder.ts";
import { formatBytes, formatCount } from "../../reports/format.ts";
import { parseClusterMark } from "../cluster/cluster-mark.ts";
import { markOf } from "./cluster-folder.ts";
import type { CliContext } from "./context.ts";
import { checkReadable } from "./files.ts";
import { Exit, UsageError } from "./usage.ts";
import { type VerifiedFolder, type VerifiedStore, verifyCluster } from "./verify-cluster.ts";

const EXAMPLE = `
Examples:
  $ ringbench verify results/ycsb/hashlog
  $ ringbench verify /var/lib/store --json

Reads and checks every byte of a folder that an engine of ringbench wrote, changes nothing in it,
and lists every problem. Of a cluster's folder, all stores of all nodes; each can be named alone.
Exit code 1 when there is damage.`;

interface VerifyFlags {
  readonly json?: true;
  readonly schema?: true;
}

/** The document of `--json`: a contract, additions allowed. */
const verifySchema = z.object({
  schemaVersion: z.literal(1),
  dir: z.string(),
  engine: z.string(),
  format: z.int(),
  clean: z.boolean(),
  filesChecked: z.int(),
  recordsChecked: z.int(),
  bytesChecked: z.int(),
  /** Absent when the store is damaged: no scan was made. */
  liveRecords: z.int().optional(),
  /** Of a cluster: its stores, of which the other figures are the sums. */
  stores: z
    .array(
      z.object({
        dir: z.string(),
        engine: z.string(),
        clean: z.boolean(),
        recordsChecked: z.int(),
      }),
    )
    .optional(),
  problems: z.array(
    z.object({
      file: z.string(),
      /** In bytes. */
      offset: z.int(),
      message: z.string(),
      cure: z.string(),
    }),
  ),
  /** What is no damage: a torn tail, files that nothing refers to. */
  notes: z.array(z.object({ file: z.string(), message: z.string() })),
});

export function verifyVerb(context: CliContext, done: (exit: Exit) => void): Command {
  return new Command("verify")
    .description("check every byte of a data folder, without changing it")
    .argument("[dir]", "the data folder")
    .option("--json", "one JSON document on standard output")
    .option("--schema", "print the JSON Schema of that document, and nothing else")
    .addHelpText("after", EXAMPLE)
    .action(async (dir: string | undefined, flags: VerifyFlags) => {
      if (flags.schema) {
        const schema = z.toJSONSchema(verifySchema, { io: "input" });
        const title = "What ringbench verify found";
        context.out(`${JSON.stringify({ title, ...schema }, null, 2)}\n`);
        return;
      }
      if (dir === undefined) throw new UsageError("verify needs <dir>, a data folder");
      done(await verify(context, dir, flags));
    });
}

async function verify(context: CliContext, dir: string, flags: VerifyFlags): Promise<Exit> {
  checkReadable(dir);
  const progress = new VerifyProgress(context);
  let report: VerifiedFolder;
  try {
    const check = (each: string) => {
      const onProgress = progress.update.bind(progress);
      return verifyFolder({ dir: each, onProgress });
    };
    const isCluster = parseClusterMark(markOf(dir) ?? "") !== undefined;
    report = isCluster ? await verifyCluster(dir, check) : await check(dir);
  } finally {
    progress.clear();
  }
  const { liveRecords, stores, ...rest } = report;
  const document: z.input<typeof verifySchema> = {
    schemaVersion: 1,
    dir,
    clean: report.problems.length === 0,
    ...rest,
    ...(liveRecords === undefined ? {} : { liveRecords }),
    ...(stores === undefined ? {} : { stores: [...stores] }),
    problems: [...report.problems],
    notes: [...report.notes],
  };
  context.out(flags.json === true ? `${JSON.stringify(document)}\n` : reportText(dir, report));
  if (document.clean) return Exit.ok;
  // The text says it itself, in its last line.
  if (flags.json === true) context.warn(`${dir} is ${verdict(report)}`);
  return Exit.bad;
}

function verdict({ problems }: FolderReport): string {
  const count = problems.length;
  return count === 0 ? "clean" : `damaged: ${formatCount(count)} problem${count === 1 ? "" : "s"}`;
}

function reportText(dir: string, report: VerifiedFolder): string {
  const { engine, format, filesChecked, recordsChecked, bytesChecked, liveRecords } = report;
  const live = liveRecords === undefined ? "" : `, ${formatCount(liveRecords)} of them live`;
  const lines = [
    `${dir}: ${engine}, format ${format}`,
    `${formatCount(filesChecked)} files, ${formatCount(recordsChecked)} records${live}, ` +
      `${formatBytes(bytesChecked)} checked`,
    ...(report.stores ?? []).map(storeLine),
    ...report.problems.flatMap(problemLines),
    ...report.notes.map(noteLine),
    verdict(report),
  ];
  return `${lines.join("\n")}\n`;
}

function storeLine({ dir, engine, clean, recordsChecked }: VerifiedStore): string {
  const verdict = clean ? "clean" : "damaged";
  return `${dir}: ${engine}, ${formatCount(recordsChecked)} records, ${verdict}`;
}

function problemLines({ file, offset, message, cure }: FolderProblem): string[] {
  return [`PROBLEM ${file}, offset ${offset}`, `  ${message}`, `  cure: ${cure}`];
}

function noteLine({ file, message }: FolderNote): string {
  return `note: ${file}: ${message}`;
}

const DRAW_EVERY_NS = 0.2e9;
const PLAIN_EVERY_NS = 10e9;

/** How much was read, on standard error: a line that is drawn anew, or one now and then. */
class VerifyProgress {
  readonly #context: CliContext;
  readonly #bar: boolean;
  #drawnNs: number;
  #drawn = false;

  constructor(context: CliContext) {
    this.#context = context;
    this.#bar = context.stderr.isTTY === true;
    this.#drawnNs = context.clock.now();
  }

  update(bytesRead: number, bytesThere: number): void {
    const nowNs = this.#context.clock.now();
    if (nowNs - this.#drawnNs < (this.#bar ? DRAW_EVERY_NS : PLAIN_EVERY_NS)) return;
    this.#drawnNs = nowNs;
    const text = `read ${formatBytes(bytesRead)}; the folder has ${formatBytes(bytesThere)}`;
    this.#context.stderr.write(this.#bar ? `\r\x1b[K${text}` : `${text}\n`);
    this.#drawn = this.#bar;
  }

  clear(): void {
    if (this.#drawn) this.#context.stderr.write("\r\x1b[K");
    this.#drawn = false;
  }
}
