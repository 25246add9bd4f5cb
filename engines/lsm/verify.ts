// Reads and checks every byte of a store.

import type { Durability, VerifyProblem, VerifyReport } from "../engine.ts";
import { EngineError } from "../errors.ts";
import { compareRanges } from "../index/key-order.ts";
import { verifyLogFiles } from "../log/verify-log.ts";
import { EntrySource } from "./entry-source.ts";
import type { Table } from "./table.ts";
import { readFacts } from "./table-facts.ts";
import { TableFeeder } from "./table-feeder.ts";
import type { Tree } from "./tree.ts";

const AHEAD_BYTES = 1024 * 1024;
/** Entries that are checked between two chances for others to run. */
const PAUSE_ENTRIES = 20_000;

/** Damage is listed; only other failures are thrown. */
export async function verifyTree(tree: Tree, durability: Durability): Promise<VerifyReport> {
  tree.writer.writeAll();
  const version = tree.version.hold();
  const logs = tree.files.reopenLogs(tree.sealed, tree.active);
  try {
    const checked = await verifyLogFiles(logs, durability);
    const problems: VerifyProblem[] = [...checked.problems];
    let { filesChecked, recordsChecked, bytesChecked } = checked;
    for (const table of version.tables()) {
      filesChecked++;
      bytesChecked += table.facts.sizeBytes;
      try {
        recordsChecked += await verifyTable(table);
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        problems.push({
          file: error.file ?? table.file.path,
          offset: error.offset ?? 0,
          message: error.message,
        });
      }
    }
    return { filesChecked, recordsChecked, bytesChecked, problems };
  } finally {
    for (const { file } of logs) file.closeSync();
    version.release();
  }
}

/** Returns how many entries there are. Throws for damage. */
async function verifyTable(table: Table): Promise<number> {
  const { facts, file } = table;
  const pause = new Uint8Array(1);
  readFacts(file, facts.id);
  table.reload();
  const feeder = new TableFeeder([table], {
    reverse: false,
    start: undefined,
    aheadBytesMax: AHEAD_BYTES,
    onRead: () => {},
    ignoresCache: true,
  });
  const source = new EntrySource(feeder, false, undefined);
  let entries = 0;
  let last = new Uint8Array(0);
  while (!source.done) {
    const { run, keyStart, keyLength } = source;
    if (entries > 0 && compareRanges(last, 0, last.length, run.keys, keyStart, keyLength) > 0) {
      throw new EngineError("ENGINE_CORRUPTION", `${file.path}: keys are out of order`, {
        file: file.path,
        offset: 0,
      });
    }
    last = run.keys.slice(keyStart, keyStart + keyLength);
    entries++;
    source.advance();
    if (entries % PAUSE_ENTRIES === 0) await file.read(pause, 0, 1, 0);
  }
  if (entries !== facts.entryCount) {
    const what = `${file.path} has ${entries} entries, not ${facts.entryCount}`;
    throw new EngineError("ENGINE_CORRUPTION", what, { file: file.path, offset: 0 });
  }
  return entries;
}
