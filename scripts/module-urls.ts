// Files that the published code names at run time: workers and assets.
//
// tsc rewrites import paths and nothing else, so `new URL("./x.ts", import.meta.url)` would point
// at a source that is not in the package. That one form is rewritten here; others are reported.

/** A relative file beside the module, with the path as a literal. */
const MODULE_URL = /new URL\(\s*"(\.{1,2}\/[^"]+)",\s*import\.meta\.url,?\s*\)/g;

/** A path of a source in any form. */
const SOURCE_PATH = /["'`](\.{1,2}\/[\w./-]+\.ts)["'`]/g;

/** A line of a comment, as tsc emits them. */
const COMMENT_LINE = /^\s*(?:\/\/|\/?\*)/;

/** The JavaScript with module URLs that end in `.ts` ending in `.js`. */
export function rewriteModuleUrls(javaScript: string): string {
  return javaScript.replaceAll(MODULE_URL, (url, path: string) =>
    path.endsWith(".ts") ? url.replace(path, `${path.slice(0, -3)}.js`) : url,
  );
}

/** Paths of module URLs, relative to the module. */
export function moduleUrls(javaScript: string): string[] {
  return [...code(javaScript).matchAll(MODULE_URL)].map(([, path]) => path ?? "");
}

/**
 * Paths of sources that are still named: nothing rewrote them. A module that names the `.js` file
 * too picks one of both by itself.
 */
export function sourcePaths(javaScript: string): string[] {
  const text = code(javaScript);
  const paths = [...text.matchAll(SOURCE_PATH)].map(([, path]) => path ?? "");
  return paths.filter((path) => !text.includes(`"${path.slice(0, -3)}.js"`));
}

function code(javaScript: string): string {
  const lines = javaScript.split("\n");
  return lines.filter((line) => !COMMENT_LINE.test(line)).join("\n");
}
