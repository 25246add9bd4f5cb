// A whole engine: all records in memory, and a line of JSON in a file for each batch of writes.
import { join } from "node:path";
import type { Batch, Capabilities, Engine, EngineModule, EngineOptions } from "ringbench";
import { claimFolder, corruption, EngineError, ioError, WriteBatch } from "ringbench";

// biome-ignore format: What is claimed is tested; the rest must throw ENGINE_UNSUPPORTED.
const supports: Capabilities = {
  durability: ["os", "sync"], persistent: true, atomicBatch: true, synchronous: true,
  scan: false, scanIsolation: false, snapshot: false, compact: false, checkpoint: false,
  verify: false, verifiesReads: false,
  minKeyBytes: 0, maxKeyBytes: 65_535, maxValueBytes: 16 * 1024 * 1024,
};
type Write = readonly [key: string, value: string | null]; // null: deleted
/** In latin1 a character is a byte, so every key is a string of its own. */
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const fail = (code: EngineError["code"], message: string): never => {
  throw new EngineError(code, `tiny: ${message}`);
};
const refuse = () => fail("ENGINE_UNSUPPORTED", "the manifest says that it cannot");

function apply(writes: readonly Write[], values: Map<string, string>): void {
  for (const [key, value] of writes)
    if (value === null) values.delete(key);
    else values.set(key, value);
}

function openTiny(options: EngineOptions): Engine {
  const { dir, durability, fileSystem, settings } = options;
  for (const name of Object.keys(settings)) fail("ENGINE_OPTION", `it has no setting ${name}`);
  if (!supports.durability.includes(durability)) refuse();
  // Locks the folder and marks it; refuses one that is in use, or holds something else.
  const lock = claimFolder(fileSystem, dir, { engine: "tiny", format: 1 }, options.errorIfMissing);
  const path = join(dir, "writes.jsonl");
  const file = fileSystem.openSync(path, "write");
  fileSystem.syncDirSync(dir); // else a loss of power may take the name of the new file
  const values = new Map<string, string>();
  let sizeBytes = 0; // of whole lines: one without an end is what a crash left
  let state: "open" | "failed" | "closed" = "open";
  try {
    const bytes = fileSystem.readFileSync(path);
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, sizeBytes)) {
      apply(JSON.parse(new TextDecoder().decode(bytes.subarray(sizeBytes, end))), values);
      sizeBytes = end + 1;
    }
    file.truncateSync(sizeBytes);
  } catch (error) {
    lock.release();
    if (error instanceof SyntaxError) throw corruption(path, sizeBytes, "not a line of JSON");
    throw ioError(error, `cannot open ${path}`, path);
  }
  const get = (key: Uint8Array) => {
    if (state === "closed") fail("ENGINE_CLOSED", "it is closed");
    const value = values.get(textOf(key));
    return value === undefined ? undefined : Buffer.from(value, "latin1"); // the caller's own (R3)
  };
  const store = (batch: Batch, mustSync = durability === "sync"): void => {
    if (state === "closed") fail("ENGINE_CLOSED", "it is closed");
    if (state === "failed") fail("ENGINE_READ_ONLY", "a write failed; open it again");
    const writes: Write[] = []; // copies: the caller may reuse its buffers at once (R2)
    batch.forEach((key, value) => {
      // A batch is refused as a whole, before anything of it was written (R1).
      if (key.length > 65_535 || (value?.length ?? 0) > 2 ** 24) fail("ENGINE_LIMIT", "too long");
      writes.push([textOf(key), value === undefined ? null : textOf(value)]);
    });
    const line = Buffer.from(`${JSON.stringify(writes)}\n`);
    try {
      file.writeSync(line, 0, line.length, sizeBytes); // the whole batch, or a line without an end
      if (mustSync) file.syncSync(); // acknowledged means on the device (R6)
    } catch (error) {
      state = "failed"; // nobody knows what is in the file now
      throw ioError(error, "cannot write", path);
    }
    sizeBytes += line.length;
    apply(writes, values);
  };
  // biome-ignore format: a line for each kind of call
  return {
    name: "tiny", supports, durability,
    get, getMany: (keys) => keys.map(get),
    put: (key, value) => store(new WriteBatch().put(key, value)),
    delete: (key) => store(new WriteBatch().delete(key)),
    batch: (batch) => store(batch),
    flush: () => store(new WriteBatch(), true),
    stats: () => ({ keys: values.size, diskBytes: sizeBytes, files: 1 }),
    scan: refuse, snapshot: refuse,
    compact: async () => refuse(), verify: async () => refuse(), checkpoint: async () => refuse(),
    close: async () => {
      state = "closed";
      file.closeSync(); // this and the next may be called twice
      lock.release();
    },
  };
}

// biome-ignore format: a line for each kind of fact
export const engine: EngineModule = {
  name: "tiny", version: () => "1", description: "all in memory, and a file of JSON lines",
  supports, open: async (options) => openTiny(options),
};
