// A full check of the folder of a cluster: of its ring, and of every store of every node.

import fs from "node:fs";
import path from "node:path";
import { decodeRing } from "../../cluster/ring/ring-text.ts";
import type { FolderProblem, FolderReport } from "../../engines/verify/verify-folder.ts";
import { CLUSTER_FORMAT, RING_NAME } from "../cluster/cluster-mark.ts";
import { markOf, storesWithin } from "./cluster-folder.ts";

export interface VerifiedStore {
  readonly dir: string;
  readonly engine: string;
  readonly clean: boolean;
  readonly recordsChecked: number;
}

/** The figures are sums over `stores`, which a folder of one engine does not have. */
export interface VerifiedFolder extends FolderReport {
  readonly stores?: readonly VerifiedStore[];
}

/**
 * @param check checks the folder of one store; its errors are thrown.
 */
export async function verifyCluster(
  dir: string,
  check: (dir: string) => Promise<FolderReport>,
): Promise<VerifiedFolder> {
  const stores: VerifiedStore[] = [];
  const sum = { filesChecked: 1, recordsChecked: 0, bytesChecked: 0, liveRecords: 0 };
  const problems: FolderProblem[] = ringProblems(dir);
  const notes: FolderReport["notes"][number][] = [];
  for (const each of storesWithin(dir)) {
    const report = await check(each);
    const { engine, recordsChecked } = report;
    stores.push({ dir: each, engine, clean: report.problems.length === 0, recordsChecked });
    sum.filesChecked += report.filesChecked;
    sum.recordsChecked += recordsChecked;
    sum.bytesChecked += report.bytesChecked;
    sum.liveRecords += report.liveRecords ?? 0;
    problems.push(...report.problems);
    notes.push(...report.notes);
  }
  const liveRecords = problems.length === 0 ? sum.liveRecords : undefined;
  notes.push({
    file: dir,
    message:
      "the ring and the stores of all nodes were checked; the rest a node checks at its start",
  });
  return {
    engine: markOf(dir)!,
    format: CLUSTER_FORMAT,
    ...sum,
    liveRecords,
    problems,
    notes,
    stores,
  };
}

function ringProblems(dir: string): FolderProblem[] {
  const file = path.join(dir, RING_NAME);
  try {
    decodeRing(fs.readFileSync(file, "utf8"));
    return [];
  } catch (error) {
    const cure = "without it nobody knows which node has which key: take it from a copy";
    return [{ file, offset: 0, message: (error as Error).message, cure }];
  }
}
