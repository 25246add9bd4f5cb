// The six core workloads of YCSB, as properties of our own writing.
//
// Every proportion is given: one that is left out takes YCSB's default, which is not 0 for reads
// and updates.

import { WorkloadError } from "./errors.ts";
import { unknownName } from "./nearest.ts";

export interface Preset {
  readonly name: string;
  /** One line for `--help` and reports. */
  readonly description: string;
  readonly properties: Readonly<Record<string, string>>;
}

interface Mix {
  readonly read?: number;
  readonly update?: number;
  readonly insert?: number;
  readonly scan?: number;
  readonly readModifyWrite?: number;
}

function preset(
  letter: string,
  description: string,
  mix: Mix,
  others: Readonly<Record<string, string>> = {},
): Preset {
  const properties = {
    workload: "site.ycsb.workloads.CoreWorkload",
    recordcount: "1000",
    operationcount: "1000",
    readallfields: "true",
    readproportion: String(mix.read ?? 0),
    updateproportion: String(mix.update ?? 0),
    insertproportion: String(mix.insert ?? 0),
    scanproportion: String(mix.scan ?? 0),
    readmodifywriteproportion: String(mix.readModifyWrite ?? 0),
    requestdistribution: "zipfian",
    ...others,
  };
  return { name: `workload${letter}`, description, properties };
}

export const PRESETS: readonly Preset[] = [
  preset("a", "half reads, half updates (a session store)", { read: 0.5, update: 0.5 }),
  preset("b", "95 % reads, 5 % updates (photo tags)", { read: 0.95, update: 0.05 }),
  preset("c", "reads only (a cache of profiles)", { read: 1 }),
  preset(
    "d",
    "95 % reads of the latest records, 5 % inserts (status updates)",
    { read: 0.95, insert: 0.05 },
    { requestdistribution: "latest" },
  ),
  preset(
    "e",
    "95 % scans of up to 100 records, 5 % inserts (threads of a conversation)",
    { scan: 0.95, insert: 0.05 },
    { minscanlength: "1", maxscanlength: "100", scanlengthdistribution: "uniform" },
  ),
  preset("f", "half reads, half read-modify-writes (a database of users)", {
    read: 0.5,
    readModifyWrite: 0.5,
  }),
];

/** The preset `workloada` .. `workloadf`; throws WORKLOAD_UNKNOWN. */
export function findPreset(name: string): Preset {
  const found = PRESETS.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const names = PRESETS.map((candidate) => candidate.name);
  throw new WorkloadError("WORKLOAD_UNKNOWN", unknownName("workload", name, names));
}

/** The properties of a preset in the form that `resolveProperties` takes. */
export function presetOverrides(preset: Preset): string[] {
  return Object.entries(preset.properties).map(([name, value]) => `${name}=${value}`);
}
