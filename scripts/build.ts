// Builds dist/ for the published package: JavaScript and declarations, nothing else needs it.
//
//  1. Empty the output folder.
//  2. Let tsc emit .js and .d.ts; it rewrites `.ts` in import paths by itself.
//  3. Copy what is not TypeScript (style sheets, property files) to the same place in dist/.
//  4. Rewrite `new URL("./x.ts", import.meta.url)`, which tsc leaves alone, to `.js`.
//  5. Check that every such URL names a file of dist/, that no other path of a source is left, and
//     that the command line can be executed.
//
// `node scripts/build.ts [FOLDER]`; the folder is `dist` unless named.

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { moduleUrls, rewriteModuleUrls, sourcePaths } from "./module-urls.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SHIPPED_FOLDERS = ["engines", "cluster", "workloads", "bench", "reports"];
const COMMAND = "bench/cli/main.js";

/** Documentation stays in the repository; everything else beside the code is read at run time. */
const NOT_ASSETS = new Set([".ts", ".md"]);

function fail(message: string): never {
  process.stderr.write(`build: ${message}\n`);
  process.exit(1);
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((e) => join(e.parentPath, e.name));
}

function compile(out: string): void {
  const manifest = fileURLToPath(import.meta.resolve("typescript/package.json"));
  const compiler = join(dirname(manifest), "bin", "tsc");
  const args = [compiler, "-p", join(ROOT, "tsconfig.build.json"), "--outDir", out];
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) fail("tsc found errors");
}

function copyAssets(out: string): void {
  for (const folder of SHIPPED_FOLDERS) {
    for (const file of filesBelow(join(ROOT, folder))) {
      if (NOT_ASSETS.has(extname(file))) continue;
      cpSync(file, join(out, file.slice(ROOT.length)));
    }
  }
}

/** tsc emits package.json when it is imported, for the version; the rest does not belong there. */
function trimManifest(file: string): void {
  if (!existsSync(file)) return;
  const { name, version, type } = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, `${JSON.stringify({ name, version, type }, null, 2)}\n`);
}

function finish(file: string): void {
  const text = readFileSync(file, "utf8");
  const rewritten = rewriteModuleUrls(text);
  if (rewritten !== text) writeFileSync(file, rewritten);
  for (const path of sourcePaths(rewritten)) {
    fail(`${file} names ${path}: write new URL("${path}", import.meta.url)`);
  }
  for (const path of moduleUrls(rewritten)) {
    if (!existsSync(resolve(dirname(file), path))) fail(`${file}: there is no ${path} beside it`);
  }
}

function main(): void {
  const out = resolve(ROOT, process.argv[2] ?? "dist");
  rmSync(out, { recursive: true, force: true });
  compile(out);
  trimManifest(join(out, "package.json"));
  copyAssets(out);
  for (const file of filesBelow(out)) if (file.endsWith(".js")) finish(file);

  const command = join(out, COMMAND);
  if (!existsSync(command)) fail(`${COMMAND} is missing`);
  if (!readFileSync(command, "utf8").startsWith("#!/usr/bin/env node\n")) {
    fail(`${COMMAND} must begin with #!/usr/bin/env node`);
  }
  chmodSync(command, 0o755);
}

main();
