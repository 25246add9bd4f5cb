// Core workloads over a thousand records.

import { resolveProperties } from "../../workloads/core-settings.ts";
import { CoreWorkload } from "../../workloads/core-workload.ts";
import { findPreset, presetOverrides } from "../../workloads/presets.ts";

export function core(...overrides: string[]): CoreWorkload {
  const base = ["recordcount=1000", "operationcount=1000"];
  return new CoreWorkload(resolveProperties([], [...base, ...overrides]), { name: "test" });
}

export function preset(name: string, ...overrides: string[]): CoreWorkload {
  return core(...presetOverrides(findPreset(name)), ...overrides);
}
