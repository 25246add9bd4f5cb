// Lists of indexes as people and commands write them: "0,3-7,12"; "none" is the empty one.

import { quoted } from "../../workloads/nearest.ts";
import { UsageError } from "./usage.ts";

/** Ascending and each once. Throws UsageError when the text is no such list. */
export function parseIndexes(flag: string, text: string): number[] {
  const indexes = new Set<number>();
  if (text === "none") return [];
  for (const part of text.split(",")) {
    const match = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(part);
    if (match === null) {
      const example = "write a list such as 0,3-7, or none";
      throw new UsageError(`${flag} ${quoted(text)} is no list of numbers; ${example}`);
    }
    const from = Number(match[1]);
    const to = Number(match[2] ?? from);
    if (to < from) throw new UsageError(`${flag}: ${part} runs backwards; write ${to}-${from}`);
    for (let index = from; index <= to; index++) indexes.add(index);
  }
  return [...indexes].sort((a, b) => a - b);
}

/** The shortest text that `parseIndexes` takes for these ascending indexes. */
export function formatIndexes(indexes: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < indexes.length; ) {
    let end = i;
    while (end + 1 < indexes.length && indexes[end + 1] === indexes[end]! + 1) end++;
    parts.push(end === i ? `${indexes[i]}` : `${indexes[i]}-${indexes[end]}`);
    i = end + 1;
  }
  return parts.length === 0 ? "none" : parts.join(",");
}
