import fs from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { clusterModule } from "../../../bench/cluster/in-process-cluster.ts";
import { systemTimer, type Timer } from "../../../bench/timer.ts";
import { EngineError } from "../../../engines/errors.ts";
import { completeOptions } from "../../../engines/options.ts";
import { loadEngine } from "../../../engines/registry.ts";
import { bytes, inTempDir, text } from "../../engines/support/stores.ts";
import { openCluster, SHAPE } from "./clusters.ts";

const KEY = bytes("key");

describe("a cluster in this process", () => {
  test("keeps what was written over a restart, in a folder of its own", async () => {
    await inTempDir(async (dir) => {
      const first = await openCluster({ dir });
      await first.client.put("ycsb", KEY, bytes("value"));
      const { context } = await first.client.get("ycsb", KEY);
      await first.client.put("ycsb", KEY, bytes("newer"), { context: context! });
      await first.flush();
      await first.close();
      expect(fs.readdirSync(dir).filter((name) => /^n\d$/.test(name))).toHaveLength(3);
      const ring = fs.readFileSync(path.join(dir, "RING"));
      const second = await openCluster({ dir, errorIfMissing: true });
      const { values, attempts } = await second.client.get("ycsb", KEY);
      expect(values.map(text)).toEqual(["newer"]);
      expect(attempts).toBe(1);
      await second.close();
      expect(fs.readFileSync(path.join(dir, "RING")).equals(ring)).toBe(true);
    });
  });

  test("a second opening writes under another name than the first", async () => {
    await inTempDir(async (dir) => {
      for (const value of ["one", "two"]) {
        const cluster = await openCluster({ dir });
        const { context } = await cluster.client.get("ycsb", KEY);
        const seen = context === undefined ? {} : { context };
        await cluster.client.put("ycsb", KEY, bytes(value), seen);
        const { values } = await cluster.client.get("ycsb", KEY);
        expect(values.map(text)).toEqual([value]);
        await cluster.close();
      }
    });
  });

  test("leaves no timer, and nothing locked", async () => {
    const waiting = new Set<() => void>();
    const timer: Timer = {
      ...systemTimer,
      after: (delayNs, callback) => {
        const cancel = systemTimer.after(delayNs, () => {
          waiting.delete(stop);
          callback();
        });
        const stop = (): void => {
          waiting.delete(stop);
          cancel();
        };
        waiting.add(stop);
        return stop;
      },
    };
    await inTempDir(async (dir) => {
      const cluster = await openCluster({ dir, timer });
      await cluster.client.put("ycsb", KEY, bytes("value"));
      await expect(openCluster({ dir })).rejects.toMatchObject({ code: "ENGINE_LOCKED" });
      await cluster.close();
      await cluster.close();
      expect(waiting.size).toBe(0);
      const late = cluster.client.get("ycsb", KEY);
      await expect(late).rejects.toMatchObject({ code: "CLUSTER_CLOSED" });
      await (await openCluster({ dir })).close();
    });
  });

  test("a folder of another shape or engine, or of nothing, is refused as it is", async () => {
    await inTempDir(async (dir) => {
      const store = path.join(dir, "store");
      await expect(openCluster({ dir: store, errorIfMissing: true })).rejects.toMatchObject({
        code: "ENGINE_NOT_FOUND",
      });
      expect(fs.existsSync(store)).toBe(false);
      await (await openCluster({ dir: store })).close();
      for (const shape of [{ nodes: 4 }, { n: 2 }, { conflicts: "lww" } as const]) {
        const error = await openCluster({ dir: store, shape }).catch((thrown: unknown) => thrown);
        expect((error as EngineError).code).toBe("ENGINE_WRONG_FOLDER");
        expect((error as EngineError).message).toContain("cluster:memory:nodes=3:n=3:dvv");
      }
      await (await openCluster({ dir: store, shape: { read: { level: "ONE" } } })).close();
      const memory = await loadEngine("memory");
      const alone = memory.open(completeOptions({ dir: store }));
      await expect(alone).rejects.toMatchObject({ code: "ENGINE_WRONG_FOLDER" });
    });
  });

  test("a node that does not open takes the others with it", async () => {
    await inTempDir(async (dir) => {
      await (await openCluster({ dir })).close();
      const files = fs.readdirSync(path.join(dir, "n2"), { recursive: true, encoding: "utf8" });
      const name = files.find((each) => each.includes("ycsb") && each.endsWith("ENGINE"));
      const mark = path.join(dir, "n2", name!);
      const before = fs.readFileSync(mark);
      fs.writeFileSync(mark, "something else");
      await expect(openCluster({ dir })).rejects.toThrow(EngineError);
      fs.writeFileSync(mark, before);
      await (await openCluster({ dir })).close();
    });
  });

  test("engines on which no node can run are refused", async () => {
    const engine = await loadEngine("null");
    expect(() => clusterModule(engine, SHAPE, systemTimer)).toThrow(/keeps nothing/);
    const memory = await loadEngine("memory");
    const { supports, name } = clusterModule(
      memory,
      { ...SHAPE, conflicts: "linearizable" },
      systemTimer,
    );
    expect(supports.durability).toEqual(["group", "sync"]);
    expect(supports.scan).toBe(false);
    expect(name).toBe("memory x3 n3 linearizable");
  });
});
