import { describe, expect, test } from "vitest";
import { ByteBudget } from "../../../cluster/antientropy/byte-budget.ts";
import { type Finding, Scrub } from "../../../cluster/antientropy/scrub.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { Random } from "../../../workloads/random.ts";
import type { EntropyNode } from "./entropy-node.ts";
import { bytes, SmallNetwork } from "./small-network.ts";

const text = (key: Uint8Array | undefined): string | undefined =>
  key && Buffer.from(key).toString();

function scrubOf(
  node: EntropyNode,
  { bytesPerSecond = 1e9, after }: { bytesPerSecond?: number; after?: Uint8Array } = {},
): { scrub: Scrub; findings: string[] } {
  const findings: string[] = [];
  const { runtime, data, index, versions } = node;
  const onFinding = (it: Finding): void => {
    const where = it.kind === "damaged" ? `${text(it.after)} ${text(it.to)}` : text(it.key);
    findings.push(`${it.kind} ${where}`);
  };
  const scrub = new Scrub(
    {
      ...{ runtime, data, index, onFinding },
      budget: new ByteBudget(runtime, { bytesPerSecond }),
      check: (record) => void versions.read(record),
    },
    after,
  );
  return { scrub, findings };
}

async function filled(options: { engine?: string; seed: number }, keys = 800) {
  const network = new SmallNetwork(options);
  const node = await network.open("a");
  for (let i = 0; i < keys; i++) await node.put(`k${String(i).padStart(4, "0")}`, `v${i}`);
  await network.ready(node);
  return { network, node };
}

describe.each(["memory", "lsm", "hashlog"])("a scrub over %s", (engine) => {
  test("finds nothing where nothing is wrong, also while writes go on", async () => {
    const { network, node } = await filled({ engine, seed: 1 });
    const { scrub, findings } = scrubOf(node, { bytesPerSecond: 20_000 });
    const round = scrub.round();
    let isOver = false;
    const writes = (async () => {
      const random = new Random(1);
      while (!isOver) {
        const key = `k${String(random.nextBelow(1000)).padStart(4, "0")}`;
        await (random.nextBelow(4) === 0 ? node.remove(key) : node.put(key, "w"));
        await network.sleep(1);
      }
    })();
    const report = await network.until(round);
    isOver = true;
    await network.until(writes);
    expect(findings).toEqual([]);
    expect(report.isWhole).toBe(true);
    expect(report.records).toBeGreaterThan(400);
    expect(network.nowMs).toBeGreaterThan(200);
  });

  test("finds records that are none, are others, or are gone", async () => {
    const { network, node } = await filled({ engine, seed: 2 });
    // Past the replica, as damage comes.
    await node.data.put(bytes("k0005"), Buffer.from([0, 9, 9, 9]));
    await node.data.put(bytes("k0400"), (await node.data.get(bytes("k0007")))!);
    await node.data.delete(bytes("k0600"));
    await node.data.put(bytes("stray"), (await node.data.get(bytes("k0001")))!);
    const { scrub, findings } = scrubOf(node);
    const report = await network.until(scrub.round());
    expect(findings.sort()).toEqual([
      ...["lost k0600", "malformed k0005", "other-hash k0400", "other-hash stray"],
    ]);
    expect(report).toMatchObject({ findings: 4, isWhole: true, records: 800 });
    for (const key of ["k0400", "k0600", "stray"]) node.index.doubt(bytes(key));
    await network.ready(node);
    findings.length = 0;
    await network.until(scrub.round());
    expect(findings).toEqual(["malformed k0005"]);
  });
});

describe("a scrub", () => {
  test("does not take a write for damage that comes while it looks", async () => {
    const { network, node } = await filled({ seed: 5 }, 100);
    const older = (await node.data.get(bytes("k0001")))!;
    const { runtime, data, index } = node;
    const findings: Finding[] = [];
    let checked = 0;
    const scrub = new Scrub({
      ...{ runtime, data, index, budget: new ByteBudget(runtime, { bytesPerSecond: 1e9 }) },
      check: (record) => {
        // Another record takes the place of the one that is being looked at.
        const key = bytes(`k${String(checked++).padStart(4, "0")}`);
        index.stored(key, record.slice(), older, data.put(key, older));
      },
      onFinding: (finding) => findings.push(finding),
    });
    await network.until(scrub.round());
    expect(checked).toBe(100);
    expect(findings).toEqual([]);
  });

  test("names the keys whose values are damaged on the disk, and goes on behind them", async () => {
    const disk = new MemoryDisk();
    const network = new SmallNetwork({ seed: 3, engine: "hashlog", durability: "group" });
    let node = await network.open("a", disk);
    for (let i = 0; i < 500; i++) await node.put(`k${String(i).padStart(4, "0")}`, "v".repeat(400));
    await network.until(node.stop());
    node = await network.open("a", disk);
    await network.ready(node);
    const rotten = disk.rot(new Random(3), 12, "/data/");
    expect(rotten.length).toBe(12);
    const { scrub, findings } = scrubOf(node);
    const report = await network.until(scrub.round());
    expect(report.records).toBe(500);
    expect(report.isWhole).toBe(true);
    expect(findings.length).toBeGreaterThan(5);
    for (const finding of findings) {
      const [kind, after, to] = finding.split(" ");
      expect([kind, after]).toEqual(["damaged", to]);
      await expect((async () => node.data.get(bytes(to!)))()).rejects.toMatchObject({
        code: "ENGINE_CORRUPTION",
      });
    }
  });

  test("keeps to its budget, and goes on from where it was", async () => {
    const { network, node } = await filled({ seed: 4 });
    const { scrub } = scrubOf(node, { bytesPerSecond: 3000 });
    const startMs = network.nowMs;
    const round = scrub.round();
    await network.until(network.sleep(2000));
    scrub.stop();
    const part = await network.until(round);
    expect(part.isWhole).toBe(false);
    expect(part.records).toBeLessThan(800);
    expect(part.bytes).toBeLessThan(3000 * ((network.nowMs - startMs) / 1000 + 1) + 15_000);
    const { scrub: next } = scrubOf(node, { after: scrub.position! });
    const rest = await network.until(next.round());
    expect(part.records + rest.records).toBe(800);
    expect(next.position).toBeUndefined();
    expect((await network.until(next.round())).records).toBe(800);
  });
});
