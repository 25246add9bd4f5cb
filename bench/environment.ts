// What the figures were measured on, and what makes them doubtful.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Environment } from "../reports/result.ts";
import { measureClock } from "./clock.ts";
import { warningsOf } from "./machine-warnings.ts";
import { gitState, packageVersion } from "./package-info.ts";

const GOVERNOR_FILE = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
const MOUNTS_FILE = "/proc/self/mounts";

/** @param dataDir where the data of the engines lies; it need not exist yet. */
export function captureEnvironment(dataDir: string): Environment {
  const cpus = os.cpus();
  const clock = measureClock();
  const governor = readLine(GOVERNOR_FILE);
  const fileSystem = fileSystemOf(dataDir);
  const facts = {
    cpuModel: cpus[0]?.model.trim() || "unknown",
    cores: Math.max(1, os.availableParallelism()),
    memoryBytes: os.totalmem(),
    platform: `${os.platform()} ${os.arch()}`,
    kernel: `${os.type()} ${os.release()}`,
    ...(governor === undefined ? {} : { governor }),
    ...(fileSystem === undefined ? {} : { fileSystem }),
    node: process.version,
    v8: process.versions.v8,
    ringbench: packageVersion(),
    ...gitState(),
    clockCostNs: clock.costNs,
    clockStepNs: clock.stepNs,
    loadAverage: os.loadavg()[0] ?? 0,
  };
  return { ...facts, warnings: warningsOf(facts) };
}

function readLine(file: string): string | undefined {
  try {
    const text = fs.readFileSync(file, "utf8").trim();
    return text === "" ? undefined : text;
  } catch {
    return undefined;
  }
}

/** The type of the file system that holds a path, or its nearest parent that exists. */
function fileSystemOf(target: string): string | undefined {
  let mounts: string;
  try {
    mounts = fs.readFileSync(MOUNTS_FILE, "utf8");
  } catch {
    return undefined;
  }
  const real = nearestExisting(path.resolve(target));
  let longest = -1;
  let type: string | undefined;
  for (const line of mounts.split("\n")) {
    const [, point, kind] = line.split(" ");
    if (point === undefined || kind === undefined) continue;
    const mount = point.replace(/\\(\d{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const inside = real === mount || real.startsWith(mount.endsWith("/") ? mount : `${mount}/`);
    // Later lines cover earlier ones of the same length.
    if (inside && mount.length >= longest) {
      longest = mount.length;
      type = kind;
    }
  }
  return type;
}

function nearestExisting(target: string): string {
  for (let dir = target; ; dir = path.dirname(dir)) {
    if (fs.existsSync(dir)) return fs.realpathSync(dir);
    if (dir === path.dirname(dir)) return dir;
  }
}
