// Chart.js as the page carries it: the file of the installed package, banner included.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

let cached: string | undefined;

/**
 * Source of Chart.js (UMD, minified, MIT) for a script element. The comment that points at a source
 * map is cut, since a browser would ask for the file; the licence banner stays.
 */
export function chartLibrary(): string {
  cached ??= readChartLibrary();
  return cached;
}

function readChartLibrary(): string {
  // The package exports no path to its UMD build, so it is found beside the module that it exports.
  const module = createRequire(import.meta.url).resolve("chart.js");
  const source = readFileSync(join(dirname(module), "chart.umd.min.js"), "utf8");
  const script = source.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
  if (/<\/script|<!--/i.test(script)) {
    throw new Error("This build of Chart.js cannot be put into a page: it would end its script.");
  }
  return script;
}
