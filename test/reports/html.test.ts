import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { html, raw, scriptJson } from "../../reports/html/markup.ts";
import { reportHtml } from "../../reports/html/report-page.ts";
import type { Result } from "../../reports/result.ts";
import { ENVIRONMENT, makeComparison, makeResult, makeRow } from "./fixture.ts";

const HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u2028";

describe("markup", () => {
  test("whatever is put in is text, unless it is markup", () => {
    const list = ["<a>", html`<b>${"&"}</b>`];
    expect(html`<p title="${'"'}">${list}${undefined}${3}${raw("<i>")}</p>`.text).toBe(
      '<p title="&quot;">&lt;a&gt;<b>&amp;</b>3<i></p>',
    );
    expect(html`${`<>&"'`}`.text).toBe("&lt;&gt;&amp;&quot;&#39;");
  });

  test("JSON in a script cannot end it, and reads back the same", () => {
    const text = scriptJson({ name: HOSTILE, comment: "<!-- -->" }).text;
    expect(/[<>&\u2028\u2029]/.exec(text)?.[0]).toBeUndefined();
    expect(JSON.parse(text)).toEqual({ name: HOSTILE, comment: "<!-- -->" });
  });
});

// Of a page of half a megabyte a failure should show what was looked for, not the page.
function expectIn(text: string, wanted: string): void {
  expect(text.includes(wanted), wanted).toBe(true);
}

function expectNot(text: string, unwanted: string): void {
  expect(text.includes(unwanted), unwanted).toBe(false);
}

/** The result with hostile text in every string that a run, an engine or a user may fill. */
function hostileResult(): Result {
  const loop = {
    kind: "open",
    arrivals: "poisson",
    ratePerSec: 5000,
    clients: 8,
    invalid: true,
    invalidReason: HOSTILE,
  } as const;
  const row = makeRow({ engine: HOSTILE, benchmark: HOSTILE, operations: [HOSTILE], loop });
  row.engineVersion = HOSTILE;
  row.notes = [HOSTILE];
  row.errors = 1;
  row.errorSamples = [HOSTILE];
  row.perOperation[0]!.returns = { [HOSTILE]: 1 };
  row.stats = { memoryBytes: { [HOSTILE]: 5 }, keys: HOSTILE };
  return makeResult([row], {
    title: HOSTILE,
    startedAt: HOSTILE,
    command: [HOSTILE],
    config: { [HOSTILE]: HOSTILE, properties: { [HOSTILE]: HOSTILE } },
    skipped: [{ engine: HOSTILE, reason: HOSTILE }],
    environment: { ...ENVIRONMENT, cpuModel: HOSTILE, kernel: HOSTILE, warnings: [HOSTILE] },
  });
}

describe("the report", () => {
  const page = reportHtml([makeComparison(3, ["workloada", "workloadb"], 3)]);

  test("no string of a result becomes markup", () => {
    for (const results of [[hostileResult()], [hostileResult(), hostileResult()]]) {
      const text = reportHtml(results, { labels: [HOSTILE] });
      expectNot(text, "alert(1)</script>");
      expectNot(text, "<img");
      // The data element, Chart.js and the page's own script: nothing else opens or closes one.
      expect(text.match(/<script/g)).toHaveLength(3);
      expect(text.match(/<\/script/g)).toHaveLength(3);
    }
  });

  test("nothing is loaded from anywhere", () => {
    expect(/<(link|script|img|iframe)[^>]*(src|href)="(?!data:)/.exec(page)?.[0]).toBeUndefined();
    expectNot(page, "sourceMappingURL");
    expect(/@import|url\(/.exec(page)?.[0]).toBeUndefined();
    expectIn(page, "default-src &#39;none&#39;");
  });

  test("the policy admits two scripts by their hashes, and Chart.js keeps its banner", () => {
    const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map((m) => m[1]!);
    expect(scripts).toHaveLength(2);
    for (const script of scripts) {
      const hash = createHash("sha256").update(script).digest("base64");
      expectIn(page, `sha256-${hash}`);
    }
    expect(scripts[0]).toMatch(/^\/\*!\n \* Chart\.js v[\d.]+/);
    expect(scripts[0]).toContain("MIT License");
  });

  test("says first what it found, then how to make it again", () => {
    const order = [
      "hashlog led in both ranked comparisons: workloada, workloadb.",
      "Made with",
      "ringbench engines --engines hashlog,lmdb --suite ycsb",
      "Seed 42",
      "At a glance",
      "<h2>workloada</h2>",
      "field updates read, merge and write",
      "<h3>Latency by percentile</h3>",
      "<h2>workloadb</h2>",
      "<h2>Engine figures</h2>",
      "<h2>Environment and configuration</h2>",
      "Smallest step of the clock",
      "recordcount",
    ];
    const places = order.map((text) => page.indexOf(text));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  test("with one run there is no ranking, and it says so", () => {
    const text = reportHtml([makeComparison(2, ["workloada"], 1)]);
    expectIn(text, "Figures from 1 run of each, and no ranking");
    const verdict = text.slice(text.indexOf('id="verdict"'), text.indexOf('id="command"'));
    expectNot(verdict, "fastest");
    expectNot(verdict, "led");
    expectNot(text, 'class="best"');
  });

  test("doubts stand near the top: partial, invalid, left out, the machine", () => {
    const loop = {
      kind: "open",
      arrivals: "poisson",
      ratePerSec: 5000,
      clients: 8,
      invalid: true,
      invalidReason: "the generator was 3 ms late at p99",
    } as const;
    const result = makeResult([makeRow({ loop, over: { partial: true } })], {
      partial: true,
      skipped: [{ engine: "rocksdb", reason: "its package is not installed" }],
      environment: { ...ENVIRONMENT, warnings: ["governor is powersave"] },
    });
    const text = reportHtml([result]);
    const warnings = text.slice(text.indexOf('id="warnings"'), text.indexOf('id="command"'));
    expectIn(warnings, "Partial result");
    expectIn(warnings, "hashlog workloada run 1");
    expectIn(warnings, "the generator was 3 ms late at p99");
    expectIn(warnings, "rocksdb was left out: its package is not installed");
    expectIn(warnings, "governor is powersave");
  });

  test("without doubts there is no such box; runs that are too short are one", () => {
    const result = makeComparison(3, ["workloada"], 3);
    const long = result.rows.map((row) => ({ ...row, elapsedNs: 2e9 }));
    expectNot(reportHtml([{ ...result, rows: long }]), 'id="warnings"');
    const short = long.map((row, i) => (i === 0 ? { ...row, elapsedNs: 2e8 } : row));
    expectIn(
      reportHtml([{ ...result, rows: short }]),
      "1 of 9 runs took less than a quarter of a second",
    );
  });

  test("results of different machines are said to be", () => {
    const there = makeResult([makeRow()], { environment: { ...ENVIRONMENT, cores: 64 } });
    const text = reportHtml([makeResult([makeRow()]), there], { labels: ["here", "there"] });
    expectIn(text, "The results are of different machines (number of cores)");
    expectIn(text, "hashlog · there");
    expectIn(text, '<tr class="differs"><th scope="row">Cores</th>');
  });

  test("figures of the table are those of the rows", () => {
    const row = makeRow({ opsPerSec: 123_400, operations: ["READ"] });
    row.latencyNs = { mean: 1500, p50: 1000, p95: 2000, p99: 3000, p999: 45_600, max: 7_890_000 };
    const text = reportHtml([makeResult([row])]);
    const cells = text.slice(text.indexOf('<tr class="total">'), text.indexOf("READ</td>"));
    const figures = [...cells.matchAll(/<td[^>]*>([^<]*)</g)].map((match) => match[1]);
    expect(figures.slice(0, 12)).toEqual([
      ...["all", "123", "1.50", "1.00", "2.00", "3.00", "45.6", "7,890", "7,500", "0", "os"],
      "64.0\u202fMiB",
    ]);
    expectIn(text, "Throughput<br>k ops/s");
    expectIn(text, "Latency, µs");
  });

  test("a result without rows is a page too", () => {
    const text = reportHtml([makeResult([])]);
    expectIn(text, "Nothing was measured");
    expectNot(text, "<canvas");
  });
});
