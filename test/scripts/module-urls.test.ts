import { expect, test } from "vitest";
import { moduleUrls, rewriteModuleUrls, sourcePaths } from "../../scripts/module-urls.ts";

test("a worker's URL is rewritten, also over several lines", () => {
  const one = 'new Worker(new URL("./merge-worker.ts", import.meta.url));';
  expect(rewriteModuleUrls(one)).toBe(one.replace(".ts", ".js"));
  const many = 'new URL(\n  "../log/merge.ts",\n  import.meta.url,\n)';
  expect(rewriteModuleUrls(many)).toBe(many.replace(".ts", ".js"));
});

test("assets and other URLs stay as they are", () => {
  const text = 'new URL("./page.css", import.meta.url); new URL("./a.ts", base); "./b.ts";';
  expect(rewriteModuleUrls(text)).toBe(text);
  expect(moduleUrls(text)).toEqual(["./page.css"]);
});

test("sources that nothing rewrote are found, but not in comments", () => {
  const text = 'const a = "./a.ts";\n// see "./b.ts"\n * `../c.ts`\nconst d = `../d/e.ts`;\n';
  expect(sourcePaths(text)).toEqual(["./a.ts", "../d/e.ts"]);
  expect(sourcePaths('new URL(here ? "./a.ts" : "./a.js", import.meta.url)')).toEqual([]);
  expect(sourcePaths(rewriteModuleUrls('new URL("./a.ts", import.meta.url)'))).toEqual([]);
});
