// What this package is: its version, and the commit when it runs from a checkout.

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const NAME = "ringbench";

interface PackageInfo {
  readonly dir: string;
  readonly version: string;
}

let found: PackageInfo | undefined;

function packageInfo(): PackageInfo {
  if (found !== undefined) return found;
  // The sources lie one level deeper in the published package than in a checkout: look upwards.
  for (let dir = import.meta.dirname; ; dir = path.dirname(dir)) {
    const file = path.join(dir, "package.json");
    if (fs.existsSync(file)) {
      const { name, version } = JSON.parse(fs.readFileSync(file, "utf8")) as PackageJson;
      if (name === NAME) {
        found = { dir, version: version ?? "0.0.0" };
        return found;
      }
    }
    if (dir === path.dirname(dir)) return { dir: import.meta.dirname, version: "0.0.0" };
  }
}

interface PackageJson {
  readonly name?: string;
  readonly version?: string;
}

export function packageVersion(): string {
  return packageInfo().version;
}

/** The commit that is checked out, and whether files differ from it; nothing outside a checkout. */
export function gitState(): { readonly gitCommit?: string; readonly gitDirty?: boolean } {
  const { dir } = packageInfo();
  if (!fs.existsSync(path.join(dir, ".git"))) return {};
  try {
    const git = (...words: string[]) =>
      execFileSync("git", words, {
        cwd: dir,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
    const gitCommit = git("rev-parse", "HEAD").trim();
    return { gitCommit, gitDirty: git("status", "--porcelain").trim() !== "" };
  } catch {
    // No git on this machine, or no commit yet: a report without it is still right.
    return {};
  }
}
