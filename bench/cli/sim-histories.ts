// The files of `sim --histories`, and the same events as lines for a person.

import fs from "node:fs";
import path from "node:path";
import type { HistoryEvent } from "../../cluster/checking/history.ts";
import { checkFolder } from "./files.ts";
import { UsageError } from "./usage.ts";

/** So many lines are shown at most. */
const SHOWN_MAX = 60;

export function historyFile(dir: string, seed: number): string {
  return path.join(dir, `history-${seed}.jsonl`);
}

/** Throws UsageError when nothing can be written there, or a file of another run is in the way. */
export function checkHistories(dir: string | undefined, firstSeed: number, seeds: number): void {
  if (dir === undefined) return;
  checkFolder("--histories", dir);
  for (const name of fs.existsSync(dir) ? fs.readdirSync(dir) : []) {
    const seed = Number(/^history-(\d+)\.jsonl$/.exec(name)?.[1] ?? -1);
    if (seed < firstSeed || seed >= firstSeed + seeds) continue;
    const file = historyFile(dir, seed);
    throw new UsageError(`--histories: ${file} is there already: choose another, or remove it`);
  }
}

/**
 * The events by their lines, each once; of a long history those that show the violation, and what
 * is around them is left out.
 *
 * @param events Numbers of those that show it, from 1.
 */
export function historyLines(
  history: readonly HistoryEvent[],
  events: readonly number[],
): readonly string[] {
  const all = [...history.keys()].map((position) => position + 1);
  const numbers = history.length <= SHOWN_MAX ? all : [...events].slice(0, SHOWN_MAX);
  const left = history.length - numbers.length;
  const lines = numbers.map((number) => `line ${number}: ${eventText(history[number - 1]!)}`);
  return left === 0 ? lines : [...lines, `and ${left} more`];
}

function eventText(event: HistoryEvent): string {
  const { time, process, type, f, key, value, siblings, node } = event;
  const values = siblings ?? (Array.isArray(value) ? value : [value]);
  const isSeen = type === (f === "get" ? "ok" : "invoke");
  const shown = values.map((it) => it ?? "nothing").join(", ");
  const what = isSeen ? ` ${shown === "" ? "nothing" : shown}` : "";
  const by = node === undefined || type === "invoke" ? "" : ` by ${node}`;
  return `${Math.round(time / 1e6)} ms, process ${process} ${type} ${f} ${key}${what}${by}`;
}
