// Lint as a test. Each rule is a pure function in test/tidy/, tested there on planted violations;
// here the rules meet the checkout. A failure lists `file:line: what is wrong: what to do instead`.

import { describe, expect, test } from "vitest";
import { entryFiles, readCheckout, readText, writeText } from "./tidy/checkout.ts";
import { checkExports } from "./tidy/export-rules.ts";
import { readFacts } from "./tidy/facts.ts";
import { BANS, DEFAULT_EXPORT_HOMES, FOR_TESTS } from "./tidy/homes.ts";
import {
  checkDirections,
  checkOptional,
  checkPackages,
  type Manifest,
} from "./tidy/import-rules.ts";
import { checkBans, checkSyntax } from "./tidy/name-rules.ts";
import { listProblems, type Problem } from "./tidy/problem.ts";
import { checkSizes, measureRatchet, type Ratchet } from "./tidy/size-rules.ts";
import { checkLineLength, checkText } from "./tidy/text-rules.ts";

const RATCHET = "test/tidy/ratchet.json";

const texts = readCheckout();
const sources = new Map([...texts].filter(([path]) => path.endsWith(".ts")));
const facts = readFacts(sources);
const packageJson = readText("package.json");
const manifest = JSON.parse(packageJson) as Manifest;

function expectNone(problems: readonly Problem[]): void {
  const list = listProblems(problems);
  if (list.length > 0) expect.fail(`${list.length} to mend\n${list.join("\n")}\n`);
}

describe("the checkout is tidy", () => {
  test("it was read", () => {
    expect(sources.has("engines/engine.ts")).toBe(true);
    expect(facts.length).toBe(sources.size);
  });

  test("no open ends, stray characters, machine paths or registry hosts", () => {
    expectNone([...texts].flatMap(([path, text]) => checkText(path, text)));
  });

  test("lines fit in 100 columns", () => {
    expectNone([...sources].flatMap(([path, text]) => checkLineLength(path, text)));
  });

  test("files and functions are short, and the long ones only shrink", () => {
    if (process.env.RINGBENCH_REWRITE === "1") {
      writeText(RATCHET, `${JSON.stringify(measureRatchet(facts), null, 2)}\n`);
    }
    expectNone(checkSizes(facts, JSON.parse(readText(RATCHET)) as Ratchet));
  });

  test("no enum, namespace, default export or export *", () => {
    expectNone(checkSyntax(facts, DEFAULT_EXPORT_HOMES));
  });

  test("imports point one way between the top-level folders", () => {
    expectNone(checkDirections(facts));
  });

  test("clock, chance, timers, files, network, processes and threads stay in their homes", () => {
    expectNone(checkBans(facts, BANS));
  });

  test("no dead exports and no dead files", () => {
    const files = [...entryFiles(packageJson + readText(".ci/run")), "vitest.config.ts"];
    expectNone(checkExports(facts, { files, forTests: FOR_TESTS.map(({ path }) => path) }));
  });

  test("packages are declared where they are used, and used where they are declared", () => {
    expectNone(checkPackages(facts, manifest));
  });

  test("optional native engines are imported dynamically, in engines/native/", () => {
    expectNone(checkOptional(facts, manifest, "engines/native/"));
  });
});
