// Why a test may be skipped. A skip says its reason in its name, or in that of a `describe` around
// it; a skip without one of these reasons, or without need, fails the run.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

export interface SkipReason {
  readonly what: string;
  /** How the name of a test says that this is its reason. */
  readonly mark: RegExp;
  /** Whether what the test needs is there, so that it must not be skipped. */
  readonly present: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Names under which Debian and others install Chromium. */
const BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** As the tests of the report look for it: CHROMIUM_PATH, then the PATH. */
function hasBrowser(env: Environment): boolean {
  return hasProgram(env, BROWSERS) || (!!env.CHROMIUM_PATH && existsSync(env.CHROMIUM_PATH));
}

/** One of the names is a file in a folder of the PATH. */
export function hasProgram(env: Environment, names: readonly string[]): boolean {
  const folders = (env.PATH ?? "").split(delimiter);
  return folders.some((folder) => names.some((name) => existsSync(join(folder, name))));
}

export function skipReasons(env: Environment): SkipReason[] {
  return [
    { what: "outside data", mark: /RINGBENCH_VECTORS/, present: !!env.RINGBENCH_VECTORS },
    { what: "Chromium", mark: /chromium/i, present: hasBrowser(env) },
    { what: "strace", mark: /strace/i, present: hasProgram(env, ["strace"]) },
    { what: "db_bench", mark: /needs db_bench/i, present: hasProgram(env, ["db_bench"]) },
    { what: "nightly", mark: /nightly/i, present: env.RINGBENCH_NIGHTLY === "1" },
  ];
}

export interface SkipVerdict {
  /** One line for each reason that was met. */
  readonly lines: readonly string[];
  /** One line for each skip that must not be. */
  readonly problems: readonly string[];
}

/** Judges the full names of the skipped tests. A skip with two reasons needs one to hold. */
export function judgeSkips(names: readonly string[], reasons: readonly SkipReason[]): SkipVerdict {
  const counts = new Map<string, number>();
  const problems: string[] = [];
  for (const name of names) {
    const claimed = reasons.filter(({ mark }) => mark.test(name));
    const reason = claimed.find(({ present }) => !present);
    if (reason !== undefined) counts.set(reason.what, (counts.get(reason.what) ?? 0) + 1);
    else if (claimed[0] !== undefined) {
      problems.push(`skipped although ${claimed[0].what} is here: ${name}`);
    } else problems.push(`skipped without a reason in its name: ${name}`);
  }
  const lines = [...counts].map(([what, count]) => `${count} skipped for want of: ${what}`);
  return { lines, problems };
}
