import { describe, expect, test } from "vitest";
import { parseResult, resultJsonSchema } from "../../reports/index.ts";
import { ReportError } from "../../reports/report-error.ts";
import { makeResult, makeRow } from "./fixture.ts";

function errorOf(text: string): ReportError {
  try {
    parseResult(text, "x/result.json");
  } catch (error) {
    expect(error).toBeInstanceOf(ReportError);
    return error as ReportError;
  }
  return expect.fail("it was taken for a result");
}

function changed(change: (result: Record<string, unknown>) => void): string {
  const result = structuredClone(makeResult([makeRow()])) as unknown as Record<string, unknown>;
  change(result);
  return JSON.stringify(result);
}

describe("parseResult", () => {
  test("gives back what was written, additions included", () => {
    const result = makeResult([makeRow()]);
    const text = JSON.stringify({ ...result, addition: { kept: true } });
    expect(parseResult(text)).toEqual({ ...result, addition: { kept: true } });
  });

  test("a result with events and samples, and one from before there were any", () => {
    const events = [{ kind: "flush", startMs: -1, endMs: 2 }];
    const over = { events, samples: [{ atMs: 0, stats: { diskBytes: 1 } }] };
    const result = makeResult([makeRow({ over }), makeRow()]);
    expect(parseResult(JSON.stringify(result))).toEqual(result);
    const wrong = structuredClone(result);
    wrong.rows[0]!.events![0]!.startMs = "soon" as unknown as number;
    expect(errorOf(JSON.stringify(wrong)).field).toBe("rows[0].events[0].startMs");
  });

  test("no JSON: REPORT_JSON", () => {
    const error = errorOf("{");
    expect(error.code).toBe("REPORT_JSON");
    expect(error.message).toMatch(/^x\/result\.json is not JSON: [^\n]+$/);
  });

  test.each([
    ["null", "no schemaVersion"],
    ["[]", "no schemaVersion"],
    ['{"schemaVersion":99}', "99"],
    ['{"schemaVersion":"1"}', '"1"'],
  ])("%s: REPORT_VERSION", (text, named) => {
    const error = errorOf(text);
    expect(error.code).toBe("REPORT_VERSION");
    expect(error.message).toContain(named);
    expect(error.message).toContain("version 1");
  });

  test.each([
    [
      (r: Record<string, unknown>) => {
        delete r.environment;
      },
      "environment",
    ],
    [
      (r: Record<string, unknown>) => {
        (r.rows as Record<string, unknown>[])[0]!.opsPerSec = "many";
      },
      "rows[0].opsPerSec",
    ],
    [
      (r: Record<string, unknown>) => {
        (r.rows as { perOperation: Record<string, unknown>[] }[])[0]!.perOperation[1]!.count = -1;
      },
      "rows[0].perOperation[1].count",
    ],
    [
      (r: Record<string, unknown>) => {
        (r.rows as Record<string, unknown>[])[0]!.durability = "never";
      },
      "rows[0].durability",
    ],
  ])("a wrong field is named in one line (%#)", (change, field) => {
    const error = errorOf(changed(change));
    expect(error.code).toBe("REPORT_SCHEMA");
    expect(error.field).toBe(field);
    expect(error.message).toMatch(/^[^\n]+$/);
    expect(error.message).toContain(`x/result.json: ${field}: `);
  });
});

test("the JSON Schema names the required fields and allows additions", () => {
  const schema = resultJsonSchema() as {
    $schema: string;
    required: string[];
    additionalProperties?: unknown;
    properties: Record<string, unknown>;
  };
  expect(schema.$schema).toContain("json-schema.org");
  expect(schema.required).toEqual(expect.arrayContaining(["schemaVersion", "rows", "seed"]));
  expect(schema.additionalProperties).toBeUndefined();
  expect(schema.properties.schemaVersion).toEqual({ type: "number", const: 1 });
});
