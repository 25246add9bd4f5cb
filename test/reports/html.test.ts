import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { html, raw, scriptJson } from "../../reports/html/markup.ts";
import { reportHtml } from "../../reports/html/report-page.ts";
import type { Result } from "../../reports/result.ts";
import { allFailed, ENVIRONMENT, makeComparison, makeResult, makeRow } from "./fixture.ts";

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
  row.stats = { memoryBytes: { [HOSTILE]: 5 }, keys: HOSTILE, levels: [{ files: HOSTILE }] };
  row.events = [{ kind: HOSTILE, startMs: 0, endMs: 5, detail: HOSTILE }];
  row.samples = [{ atMs: 0, stats: { [HOSTILE]: 5, diskBytes: 1 } }];
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

  test("the events of the engines: a summary, and every one as a table", () => {
    const events = [
      { kind: "compaction", startMs: 0, endMs: 250, bytes: 1024, detail: "4 files into level 1" },
      { kind: "compaction", startMs: 500, endMs: 1000, bytes: 1024 },
      { kind: "stall", startMs: 10, endMs: 900, count: 40, busyMs: 20 },
      { kind: "toString", startMs: 10 },
    ];
    const over = { events, eventsDropped: 3, elapsedNs: 2e9, warmup: { operations: 0, ms: 500 } };
    const text = reportHtml([makeResult([makeRow({ over })])]);
    const section = text.slice(text.indexOf("What the engines did by themselves"));
    const cells = [...section.matchAll(/<td[^>]*>(?:<svg[\s\S]*?<\/svg>)?([^<]*)</g)];
    const figures = cells.map((match) => match[1]!.replaceAll("\u202f", " "));
    expect(figures.slice(0, 18)).toEqual([
      ...["compaction", "2", "750 ms", "30.0 %", "500 ms", "2.00 KiB"],
      ...["stall", "40", "20.0 ms", "0.80 %", "–", "–"],
      ...["toString", "1", "0 ns", "0 %", "–", "–"],
    ]);
    expectIn(section, "3 more were dropped");
    expectIn(section, "4 files into level 1");
    expectIn(section, "<td>not over</td>");
    expectIn(text, 'class="kind k-stall"');
    expectIn(text, 'class="kind k-unknown"');
    expectNot(reportHtml([makeResult([makeRow()])]), "What the engines did by themselves");
  });

  test("engine figures: hits and misses, filters, levels, where they are known", () => {
    const stats = {
      ...{ filterChecks: 1000, filterFalsePositives: 9, hitLatencyNs: 340, missLatencyNs: 5200 },
      levels: [{ files: 4, bytes: 8192 }, { files: 0 }, { files: 9, bytes: 1024 }],
    };
    const text = reportHtml([makeResult([makeRow({ over: { stats } })])]).replaceAll("\u202f", " ");
    for (const wanted of ["0.90 %", "340 ns", "5.20 µs", "0: 4 of 8.00 KiB, 2: 9 of 1.00 KiB"]) {
      expectIn(text, `>${wanted}</td>`);
    }
    expectNot(reportHtml([makeResult([makeRow()])]), "Filter false pos.");
  });

  test("what was not found is an answer, no error", () => {
    const row = makeRow({ operations: ["READ"] });
    row.perOperation[0]!.returns = { OK: 7000, NOT_FOUND: 500, ERROR: 2 };
    const text = reportHtml([makeResult([row])]);
    const cells = text.slice(text.indexOf("READ</td>"), text.indexOf("</tbody>"));
    expectIn(cells, '7,500<small class="range">500 not found</small></td>');
    expectIn(cells, "<td>2 ERROR</td>");
    expectNot(text, "NOT_FOUND");
  });

  test("a run in which all operations failed is named, beside the charts and without any", () => {
    const rows = [makeRow({ engine: "a" }), allFailed(makeRow({ engine: "b" }))];
    const some = reportHtml([makeResult(rows)]);
    expect(some.match(/<figcaption>[^<]*No line, as all operations failed: b\.</g)).toHaveLength(2);
    expectIn(some, "<li><b>b</b>: all operations failed; no figures, and no lines over time</li>");
    expectNot(some, "Crosses: intervals with errors");
    const none = reportHtml([makeResult(rows.slice(1))]);
    expectNot(none, "Throughput over time");
    expectIn(none, "<li><b>b</b>: all operations failed; no figures, and no lines over time</li>");
    expectNot(reportHtml([makeResult(rows.slice(0, 1))]), "all operations failed");
  });

  test("one engine in two results: side by side with the ratio, and no ranking", () => {
    const result = (factor: number, runs: number) =>
      makeResult(
        [1, 2, 3].slice(0, runs).flatMap((run) =>
          ["hashlog", "null"].map((engine) => {
            const opsPerSec = factor * (100_000 + run);
            return makeRow({ engine, run, opsPerSec });
          }),
        ),
      );
    const labels = ["before", "after"];
    const text = reportHtml([result(1, 3), result(2, 3)], { labels });
    const section = text.slice(text.indexOf('id="changes"'), text.indexOf('id="set-1"'));
    expectIn(section, "Different runs: no ranking.");
    expect(section.match(/<td class="t">(hashlog|null)<\/td>/g)).toHaveLength(2);
    expectIn(section, '<td>2.00<small class="range">apart</small></td>');
    expectIn(section, '<td>1.00<small class="range">runs overlap</small></td>');
    const few = reportHtml([result(1, 3), result(2, 1)], { labels });
    expectIn(few, '<td>2.00<small class="range">too few runs to tell</small></td>');
    expectNot(page, 'id="changes"');
    const elsewhere = { ...result(1, 3), environment: { ...ENVIRONMENT, cores: 64 } };
    expectNot(reportHtml([result(1, 3), elsewhere], { labels }), 'id="changes"');
  });

  test("a result without rows is a page too", () => {
    const text = reportHtml([makeResult([])]);
    expectIn(text, "Nothing was measured");
    expectNot(text, "<canvas");
  });
});
