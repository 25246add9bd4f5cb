// Files that only save time: an engine that finds one damaged does without it, and says nothing.
// A check of the whole folder says it.

import path from "node:path";
import type { VerifyProblem } from "../engine.ts";
import { readHint } from "../hashlog/hint.ts";
import { LIVE_NAME } from "../hashlog/live-file.ts";
import { segmentId } from "../hashlog/segment.ts";
import type { FileSystem } from "../io/filesystem.ts";
import { checksumWords } from "../log/checksum.ts";
import { newRecordBuffer } from "../log/record.ts";

/** Damaged side files in the folder of this engine. */
export function checkSideFiles(
  engine: string,
  fileSystem: FileSystem,
  dir: string,
): VerifyProblem[] {
  if (engine !== "hashlog") return [];
  const problems: VerifyProblem[] = [];
  for (const name of fileSystem.listSync(dir)) {
    const what =
      name === LIVE_NAME ? liveProblem(fileSystem, dir) : hintProblem(fileSystem, dir, name);
    if (what !== undefined) problems.push({ file: path.join(dir, name), offset: 0, message: what });
  }
  return problems;
}

function hintProblem(fileSystem: FileSystem, dir: string, name: string): string | undefined {
  const id = name.endsWith(".hint") ? segmentId(name.replace(/\.hint$/, ".log")) : undefined;
  if (id === undefined || readHint(fileSystem, dir, id) !== undefined) return undefined;
  return "the hint does not verify; opening reads its segment instead, and no data is lost";
}

/** One that is only older than the segments verifies: a crash may leave it behind. */
function liveProblem(fileSystem: FileSystem, dir: string): string | undefined {
  const content = fileSystem.readFileSync(path.join(dir, LIVE_NAME));
  const { words, bytes } = newRecordBuffer(content.length);
  bytes.set(content);
  const last = words.length - 1;
  const whole = content.length % 4 === 0 && last > 0;
  if (whole && words[last] === checksumWords(words, 0, last, words[0]!)) return undefined;
  return "it does not verify; opening compares all records instead, and no data is lost";
}
