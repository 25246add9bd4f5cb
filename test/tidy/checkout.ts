// The files of the checkout that people write: what .gitignore names is left out.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Files that are not text. */
const BINARY = /\.(?:png|jpg|gif|ico|woff2?|gz|zst|bin|hlog)$/;

/** Reads `folder/` and `*.suffix` lines, which is all that .gitignore uses here. */
export function ignoredBy(gitignore: string): (name: string, isFolder: boolean) => boolean {
  const lines = gitignore.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const folders = new Set(lines.filter((l) => l.endsWith("/")).map((l) => l.slice(0, -1)));
  const suffixes = lines.filter((l) => l.startsWith("*")).map((l) => l.slice(1));
  const strange = lines.find((l) => !l.endsWith("/") && !l.startsWith("*"));
  if (strange !== undefined) throw new Error(`.gitignore: teach checkout.ts to read "${strange}"`);
  return (name, isFolder) =>
    isFolder ? name === ".git" || folders.has(name) : suffixes.some((s) => name.endsWith(s));
}

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

export function writeText(path: string, text: string): void {
  writeFileSync(join(ROOT, path), text);
}

/** Texts by path from the root, with `/`, sorted. */
export function readCheckout(): Map<string, string> {
  const ignored = ignoredBy(readText(".gitignore"));
  const paths: string[] = [];
  const enter = (folder: string): void => {
    for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
      if (ignored(entry.name, entry.isDirectory())) continue;
      const path = `${folder}${entry.name}`;
      if (entry.isDirectory()) enter(`${path}/`);
      else if (entry.isFile() && !BINARY.test(path)) paths.push(path);
    }
  };
  enter("");
  return new Map(paths.sort().map((path) => [path, readText(path)]));
}

/** Files that package.json or a script runs or publishes, as sources: the roots of all imports. */
export function entryFiles(text: string): string[] {
  const files = new Set<string>();
  for (const [, path] of text.matchAll(/"\.?\/?dist\/([\w./-]+?)(?:\.d\.ts|\.js)"/g)) {
    files.add(`${path}.ts`);
  }
  for (const [, path] of text.matchAll(/\bnode ([\w./-]+\.ts)\b/g)) {
    if (path !== undefined) files.add(path);
  }
  return [...files];
}
