// Optional packages: loaded when an engine is opened, one line when they are not there.

import { createRequire } from "node:module";
import path from "node:path";
import { EngineError } from "../errors.ts";

const require = createRequire(import.meta.url);

/**
 * Loads the package behind an engine by the given import. Throws ENGINE_UNAVAILABLE, one line,
 * when it is not installed or its native part does not load on this machine.
 */
export async function loadPackage(
  engine: string,
  packageName: string,
  load: () => Promise<unknown>,
): Promise<unknown> {
  try {
    return await load();
  } catch (cause) {
    const { code } = cause as { code?: string };
    const [reason] = String(cause instanceof Error ? cause.message : cause).split("\n");
    throw new EngineError(
      "ENGINE_UNAVAILABLE",
      code === "ERR_MODULE_NOT_FOUND" && packageVersion(packageName) === NOT_INSTALLED
        ? `engine ${engine} needs the package ${packageName}: npm install ${packageName}`
        : `engine ${engine}: the package ${packageName} does not load: ${reason}`,
      { cause },
    );
  }
}

const NOT_INSTALLED = "not installed";

/** The version in the package's own package.json; "not installed" when there is none. */
export function packageVersion(packageName: string): string {
  try {
    const main = require.resolve(packageName);
    const marker = path.join("node_modules", ...packageName.split("/"));
    const root = main.slice(0, main.lastIndexOf(marker) + marker.length);
    return String((require(path.join(root, "package.json")) as { version: unknown }).version);
  } catch {
    return NOT_INSTALLED;
  }
}
