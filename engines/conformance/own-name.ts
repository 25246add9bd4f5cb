// An engine of the user's own imports `ringbench` by its name. In a program of ringbench that name
// is this very copy: whether it is installed where the engine stands, somewhere else, or is a
// checkout that nobody built.

import { registerHooks } from "node:module";

const OWN_MODULES: ReadonlyMap<string, string> = new Map([
  ["ringbench", new URL("../public.ts", import.meta.url).href],
  ["ringbench/conformance", new URL("./suite.ts", import.meta.url).href],
]);

/** From here on `import "ringbench"` gives the modules that are running. For programs only. */
export function answerToOwnName(): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const url = OWN_MODULES.get(specifier);
      return url === undefined ? nextResolve(specifier, context) : { url, shortCircuit: true };
    },
  });
}
