// One node of a small network: real engines on a disk in memory, real versions, and a replica that
// tells the index of its changes as the real one does.

import { AntiEntropy } from "../../../cluster/antientropy/anti-entropy.ts";
import { ByteBudget } from "../../../cluster/antientropy/byte-budget.ts";
import { IndexFolder } from "../../../cluster/antientropy/index-folder.ts";
import { VersionIndex } from "../../../cluster/antientropy/version-index.ts";
import type { NodeId, Runtime } from "../../../cluster/runtime.ts";
import { ActorEpochs } from "../../../cluster/versioning/actor-epochs.ts";
import { createPolicy } from "../../../cluster/versioning/policies.ts";
import type { ConflictPolicy } from "../../../cluster/versioning/policy.ts";
import { ReplicaVersions } from "../../../cluster/versioning/replica-versions.ts";
import type { Engine, EngineModule } from "../../../engines/engine.ts";
import type { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { completeOptions } from "../../../engines/options.ts";
import { lateEngine } from "./late-engine.ts";
import type { SmallNetwork } from "./small-network.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export class EntropyNode {
  readonly id: NodeId;
  readonly network: SmallNetwork;
  readonly runtime: Runtime;
  readonly disk: MemoryDisk;
  readonly data: Engine;
  readonly indexEngine: Engine;
  readonly folder: IndexFolder;
  readonly index: VersionIndex;
  readonly entropy: AntiEntropy;
  readonly budget: ByteBudget;
  readonly policy: ConflictPolicy;
  readonly versions: ReplicaVersions;
  /** Keys whose writes fail before they begin. */
  isFull = false;
  merges = 0;
  #requests = 0;
  readonly #locks = new Map<string, Promise<void>>();

  private constructor(
    network: SmallNetwork,
    id: NodeId,
    runtime: Runtime,
    disk: MemoryDisk,
    opened: { data: Engine; indexEngine: Engine; folder: IndexFolder; epochs: ActorEpochs },
  ) {
    const { bytesPerSecond = 1e9, policy = "dvv" } = network.options;
    this.network = network;
    this.id = id;
    this.runtime = runtime;
    this.disk = disk;
    ({ data: this.data, indexEngine: this.indexEngine, folder: this.folder } = opened);
    this.policy = createPolicy(policy);
    this.versions = new ReplicaVersions({ policy: this.policy, epochs: opened.epochs });
    const watch = (work: Promise<unknown>): void => network.watch(work);
    this.index = new VersionIndex({
      ...{ runtime, data: this.data, engine: this.indexEngine, watch },
      partitions: network.partitions,
    });
    this.budget = new ByteBudget(runtime, { bytesPerSecond });
    this.entropy = new AntiEntropy({
      ...{ runtime, keyspace: "data", store: this, index: this.index, budget: this.budget, watch },
      plan: () => ({ epoch: 1, rule: 3 }),
      send: (to, payload) => network.send(id, to, payload),
      onEvent: (event) => network.events.push(event),
    });
  }

  static async open(
    network: SmallNetwork,
    id: NodeId,
    disk: MemoryDisk,
    module: EngineModule,
  ): Promise<EntropyNode> {
    const runtime = network.runtime(id, disk);
    const { files: fileSystem, random } = runtime;
    const { durability = "os" } = network.options;
    const common = { fileSystem, cacheBytes: 2 ** 20, clock: { now: () => 0 } };
    const data = await module.open(
      completeOptions({ ...common, dir: "/data", durability, writeGrouping: "tick" }),
    );
    const folder = new IndexFolder(fileSystem, "/index");
    const saved = folder.claim();
    const prompt = await module.open(
      completeOptions({ ...common, dir: folder.engineDir, durability: "memory" }),
    );
    const indexEngine = network.options.isLate
      ? lateEngine(prompt, network.random.split("late"), (ms) => network.sleep(ms))
      : prompt;
    const epochs = new ActorEpochs({
      ...{ files: fileSystem, dir: "/epochs", node: id, random, nowWallMs: network.nowMs },
    });
    const opened = { data, indexEngine, folder, epochs };
    const node = new EntropyNode(network, id, runtime, disk, opened);
    await node.index.start(saved);
    return node;
  }

  async stop(): Promise<void> {
    this.entropy.stop();
    await this.data.close();
    const trees = await this.index.stop();
    await this.indexEngine.close();
    if (trees !== undefined) this.folder.release(trees);
    this.disk.kill();
    this.network.nodes.delete(this.id);
  }

  /** A write of a client that has seen what is there; without a value a delete. */
  put(key: string, value?: string): Promise<void> {
    return this.change(bytes(key), (stored) => {
      const context = stored === undefined ? undefined : this.versions.read(stored).context;
      const result = this.versions.coordinate(stored, {
        request: { client: 1 + (this.runtime.nodeId.charCodeAt(0) % 7), number: ++this.#requests },
        nowWallMs: this.runtime.clock.wallMs(),
        ...(value === undefined ? {} : { value: bytes(value) }),
        ...(context === undefined ? {} : { context }),
      });
      return result.outcome === "written" ? result.record : undefined;
    });
  }

  async read(key: Uint8Array): Promise<Uint8Array | undefined> {
    const stored = await this.data.get(key);
    return stored && this.versions.shared(stored);
  }

  merge(key: Uint8Array, set: Uint8Array): Promise<void> {
    this.merges++;
    const isUnseen = this.runtime.probes.isPlanted("entropy-repair-unseen");
    return this.change(
      key,
      (stored) => {
        const result = this.versions.apply(stored, set, this.runtime.clock.wallMs());
        return result.isChanged ? result.record : undefined;
      },
      isUnseen,
    );
  }

  /** Takes the key away with all that is known of it, as a reaper does. */
  remove(key: string): Promise<void> {
    return this.change(bytes(key), () => null);
  }

  /** One change of a key after the other; null takes it away. */
  async change(
    key: Uint8Array,
    change: (stored: Uint8Array | undefined) => Uint8Array | undefined | null,
    isUnseen = false,
  ): Promise<void> {
    const text = Buffer.from(key).toString("latin1");
    const before = this.#locks.get(text);
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    this.#locks.set(text, held);
    let written: Promise<void> | undefined;
    try {
      await before;
      const stored = await this.data.get(key);
      const record = change(stored);
      if (record === undefined) return;
      const done = record === null ? this.data.delete(key) : this.data.put(key, record);
      written = done === undefined ? undefined : Promise.resolve(done);
      written?.catch(() => {});
      if (!isUnseen) this.index.stored(key, stored, record ?? undefined, done);
    } finally {
      if (this.#locks.get(text) === held) this.#locks.delete(text);
      release();
    }
    await written;
  }

  /** Every key with the versions that are stored of it. */
  async contents(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const cursor = this.data.scan();
    for (let chunk = await cursor.next(); chunk !== undefined; chunk = await cursor.next()) {
      for (let i = 0; i < chunk.count; i++) {
        const set = this.versions.shared(chunk.value(i));
        found.set(Buffer.from(chunk.key(i)).toString(), Buffer.from(set).toString("hex"));
      }
    }
    await cursor.close();
    return found;
  }
}
