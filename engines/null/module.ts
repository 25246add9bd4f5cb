// Engine `null`: keeps nothing, and answers every read as found with the same value, at once.
// It measures what the harness itself costs, the ceiling of any engine in it.
//
// It touches no file, so it takes no lock and gives all durability levels alike. The value it
// hands out is one array for all reads: a caller must not write into it (R3 does not hold).

import type {
  Batch,
  Capabilities,
  Cursor,
  Engine,
  EngineModule,
  EngineOptions,
  EngineStats,
  ScanChunk,
  ScanOptions,
  Snapshot,
  VerifyReport,
} from "../engine.ts";
import { DURABILITIES, KEY_BYTES_MAX, VALUE_BYTES_MIN_SUPPORTED } from "../engine.ts";
import { EngineError } from "../errors.ts";
import { readSettings } from "../settings.ts";

const NAME = "null";

const supports: Capabilities = {
  durability: DURABILITIES,
  scan: true,
  snapshot: true,
  scanIsolation: true,
  atomicBatch: true,
  synchronous: true,
  verify: false,
  checkpoint: false,
  compact: false,
  verifiesReads: true,
  persistent: false,
  minKeyBytes: 0,
  maxKeyBytes: KEY_BYTES_MAX,
  maxValueBytes: VALUE_BYTES_MIN_SUPPORTED,
};

/** Records of a scan without a limit: there must be an end. */
const SCAN_RECORDS_DEFAULT = 100;
const CHUNK_RECORDS_MAX = 256;

/** `count` times the same record. */
class ConstantChunk implements ScanChunk {
  readonly #key: Uint8Array;
  readonly #value: Uint8Array;
  count = 0;

  constructor(key: Uint8Array, value: Uint8Array) {
    this.#key = key;
    this.#value = value;
  }

  key(): Uint8Array {
    return this.#key;
  }

  value(): Uint8Array {
    return this.#value;
  }
}

const EMPTY = new Uint8Array(0);

class NullEngine implements Engine {
  readonly name = NAME;
  readonly supports = supports;
  readonly durability: EngineOptions["durability"];
  readonly #value: Uint8Array;
  readonly #scanRecords: number;
  #closed = false;

  constructor(options: EngineOptions) {
    const settings = readSettings(NAME, options.settings, {
      valueBytes: { kind: "integer", default: 100, min: 0, max: VALUE_BYTES_MIN_SUPPORTED },
      scanRecords: { kind: "integer", default: SCAN_RECORDS_DEFAULT, min: 0, max: 1_000_000 },
    });
    this.durability = options.durability;
    this.#value = new Uint8Array(settings.valueBytes).fill(0x78);
    this.#scanRecords = settings.scanRecords;
  }

  get(_key: Uint8Array): Uint8Array {
    if (this.#closed) throw closedError();
    return this.#value;
  }

  put(_key: Uint8Array, _value: Uint8Array): void {
    if (this.#closed) throw closedError();
  }

  delete(_key: Uint8Array): void {
    if (this.#closed) throw closedError();
  }

  batch(_batch: Batch): void {
    if (this.#closed) throw closedError();
  }

  getMany(keys: readonly Uint8Array[]): Uint8Array[] {
    if (this.#closed) throw closedError();
    return keys.map(() => this.#value);
  }

  /** `limit` records, or `scanRecords` without one: the lower bound as key, the constant value. */
  scan(options: ScanOptions = {}): Cursor {
    if (this.#closed) throw closedError();
    const limit = options.limit ?? -1;
    let left = limit < 0 ? this.#scanRecords : limit;
    const key = options.gt ?? options.gte ?? options.lt ?? options.lte ?? EMPTY;
    const chunk = new ConstantChunk(key, options.keysOnly === true ? EMPTY : this.#value);
    return {
      next: () => {
        if (this.#closed) throw closedError();
        if (left === 0) return undefined;
        chunk.count = Math.min(left, CHUNK_RECORDS_MAX);
        left -= chunk.count;
        return chunk;
      },
      close: () => {
        left = 0;
      },
    };
  }

  snapshot(): Snapshot {
    if (this.#closed) throw closedError();
    return { close: () => {} };
  }

  flush(): void {
    if (this.#closed) throw closedError();
  }

  async compact(): Promise<void> {
    throw unsupported("compact");
  }

  async verify(): Promise<VerifyReport> {
    throw unsupported("verify");
  }

  async checkpoint(_dir: string): Promise<void> {
    throw unsupported("checkpoint");
  }

  stats(): EngineStats {
    return {};
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

function closedError(): EngineError {
  return new EngineError("ENGINE_CLOSED", `engine ${NAME} is closed`);
}

function unsupported(what: string): EngineError {
  return new EngineError("ENGINE_UNSUPPORTED", `engine ${NAME} has no ${what}`);
}

export const nullModule: EngineModule = {
  name: NAME,
  description: "keeps nothing and answers at once: measures the harness",
  version: () => "1",
  supports,
  open: async (options) => new NullEngine(options),
};
