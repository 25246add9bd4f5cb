import { describe, expect, test } from "vitest";
import { resolveProperties } from "../../workloads/core-settings.ts";
import { WorkloadError } from "../../workloads/errors.ts";
import { PROPERTY_NAMES, PROPERTY_TABLE } from "../../workloads/property-table.ts";

const BASE = ["recordcount=1000"];

function failure(...overrides: string[]): WorkloadError {
  try {
    resolveProperties([], [...BASE, ...overrides]);
  } catch (error) {
    expect(error).toBeInstanceOf(WorkloadError);
    return error as WorkloadError;
  }
  return expect.fail(`${overrides.join(" ")} was taken`);
}

/** YCSB's defaults, from its documentation, apart from the table. */
const YCSB_DEFAULTS: Readonly<Record<string, string>> = {
  operationcount: "0",
  insertstart: "0",
  fieldcount: "10",
  fieldlength: "100",
  minfieldlength: "1",
  fieldlengthdistribution: "constant",
  fieldlengthhistogram: "hist.txt",
  fieldnameprefix: "field",
  readallfields: "true",
  readallfieldsbyname: "false",
  writeallfields: "false",
  dataintegrity: "false",
  requestdistribution: "uniform",
  minscanlength: "1",
  maxscanlength: "1000",
  scanlengthdistribution: "uniform",
  insertorder: "hashed",
  zeropadding: "1",
  hotspotdatafraction: "0.2",
  hotspotopnfraction: "0.8",
  "exponential.percentile": "95",
  "exponential.frac": "0.8571428571",
  core_workload_insertion_retry_limit: "0",
  core_workload_insertion_retry_interval: "3",
  threadcount: "1",
  target: "0",
  maxexecutiontime: "0",
  "status.interval": "10",
  label: "",
  "spin.sleep": "false",
  "measurement.interval": "op",
  "hdrhistogram.percentiles": "50,95,99",
  "hdrhistogram.fileoutput": "false",
  "hdrhistogram.output.path": "",
};

describe("values in force", () => {
  test("YCSB's defaults", () => {
    const { inForce, warnings } = resolveProperties([], BASE);
    expect(inForce).toMatchObject(YCSB_DEFAULTS);
    expect(inForce.recordcount).toBe("1000");
    expect(inForce.insertcount).toBe("1000");
    expect(Number(inForce.readproportion)).toBe(0.95);
    expect(Number(inForce.updateproportion)).toBe(0.05);
    expect(Number(inForce.insertproportion)).toBe(0);
    expect(warnings).toEqual([]);
  });

  test("every name is taken at its default, and some are refused otherwise, with a reason", () => {
    for (const name of PROPERTY_NAMES) {
      const spec = PROPERTY_TABLE[name];
      if (spec.default !== undefined) resolveProperties([], [...BASE, `${name}=${spec.default}`]);
      if (spec.refused === undefined) continue;
      const error = failure(`${name}=other`);
      expect(error.code).toBe("WORKLOAD_PROPERTY_REFUSED");
      expect(error.property).toBe(name);
      expect(error.message).toContain(name);
      expect(error.message).toContain(spec.refused);
    }
  });

  test("recordcount 0 is YCSB's 2^31 - 1, and said so", () => {
    const { core, warnings } = resolveProperties([""]);
    expect(core.recordCount).toBe(2 ** 31 - 1);
    expect(warnings[0]).toContain("recordcount");
  });

  test("what the client needs", () => {
    const { client } = resolveProperties(
      ["threadcount=8\ntarget=5000\nhdrhistogram.percentiles=50, 99.9\nstatus=true"],
      [
        "measurement.interval=both",
        "exporter=site.ycsb.measurements.exporter.JSONArrayMeasurementsExporter",
        "exportfile=out.json",
        "core_workload_insertion_retry_limit=4",
      ],
    );
    expect(client).toEqual({
      threadCount: 8,
      targetOpsPerSec: 5000,
      maxExecutionTimeSec: 0,
      spinSleep: false,
      status: true,
      statusIntervalSec: 10,
      label: "",
      exporter: "json-array",
      exportFile: "out.json",
      measurementInterval: "both",
      percentiles: [50, 99.9],
      histogramFileOutput: false,
      histogramOutputPath: "",
      insertRetryLimit: 4,
      insertRetryIntervalSec: 3,
      insertKeepGoing: false,
    });
  });

  test("traps of YCSB are said aloud", () => {
    const warned = (...overrides: string[]) =>
      resolveProperties([], [...BASE, ...overrides]).warnings.join("\n");
    expect(warned("readproportion=1")).toContain("updateproportion is not set");
    expect(warned("readproportion=1", "updateproportion=0")).toBe("");
    expect(warned("insertorder=random")).toContain("takes it as ordered");
    const zipf = ["requestdistribution=zipfian", "ringbench.zipfian.theta=1.2"];
    expect(warned(...zipf)).toContain("true Zipf");
  });
});

describe("refusals", () => {
  test("an unknown name, with the nearest", () => {
    const error = failure("recrodcount=5");
    expect(error.code).toBe("WORKLOAD_PROPERTY_UNKNOWN");
    expect(error.message).toBe('unknown property "recrodcount"; the nearest is "recordcount"');
    expect(failure("ringbench.sed=5").message).toContain('"ringbench.seed"');
    expect(failure("toString=1").code).toBe("WORKLOAD_PROPERTY_UNKNOWN");
  });

  test.each([
    ["recordcount", "abc"],
    ["recordcount", "1.5"],
    ["recordcount", "-1"],
    ["recordcount", "1e3"],
    ["recordcount", ""],
    ["operationcount", "99999999999999999999"],
    ["fieldcount", "0"],
    ["readproportion", "-0.1"],
    ["readproportion", "half"],
    ["readproportion", "NaN"],
    ["readproportion", "Infinity"],
    ["readallfields", "yes"],
    ["requestdistribution", "zipfan"],
    ["fieldlengthdistribution", "normal"],
    ["scanlengthdistribution", "latest"],
    ["zeropadding", "70000"],
    ["hotspotdatafraction", "1.5"],
    ["exponential.percentile", "0"],
    ["exponential.percentile", "100"],
    ["exponential.frac", "0"],
    ["threadcount", "0"],
    ["minscanlength", "0"],
    ["measurement.interval", "all"],
    ["hdrhistogram.percentiles", "50,,99"],
    ["hdrhistogram.percentiles", "101"],
    ["workload", "site.ycsb.workloads.TimeSeriesWorkload"],
    ["exporter", "my.Exporter"],
    ["ringbench.seed", "-1"],
    ["ringbench.zipfian.theta", "0"],
    ["ringbench.compressionratio", "1.1"],
  ])("%s=%s", (name, value) => {
    const error = failure("requestdistribution=zipfian", `${name}=${value}`);
    expect(error.code).toBe("WORKLOAD_PROPERTY_VALUE");
    expect(error.property).toBe(name);
    expect(error.message).toContain(name);
    expect(error.message).not.toContain("\n");
  });

  test.each([
    [["insertstart=1000"], "insertstart"],
    [["insertstart=500", "insertcount=501"], "insertcount"],
    [["minfieldlength=200", "fieldlengthdistribution=uniform"], "minfieldlength"],
    [["minscanlength=5", "maxscanlength=4"], "minscanlength"],
    [["readproportion=0", "updateproportion=0"], "readproportion"],
    [["dataintegrity=true", "fieldlengthdistribution=uniform"], "dataintegrity"],
    [["dataintegrity=true", "ringbench.compressionratio=0.5"], "ringbench.compressionratio"],
    [["ringbench.truezipf=true"], "ringbench.truezipf"],
    [["ringbench.zipfian.theta=0.5"], "ringbench.zipfian.theta"],
    [["fieldlength=2000000000"], "fieldlength"],
  ])("%j do not go together", (overrides, property) => {
    const error = failure(...overrides);
    expect(error.code).toBe("WORKLOAD_PROPERTY_VALUE");
    expect(error.property).toBe(property);
  });

  test("a minimum field length that no distribution uses is no error", () => {
    expect(resolveProperties([], [...BASE, "minfieldlength=200"]).core.fieldLengthBytes).toBe(100);
  });
});
