// What the differential test asks of every engine: plain data, so that a list can be run again, and
// a part of it too. Snapshots and cursors live in numbered slots; an operation on a slot that
// holds none does nothing, so that every part of a list is a list.

import { show } from "../../../engines/conformance/expect.ts";

export interface Write {
  readonly key: Uint8Array;
  /** Undefined for a delete. */
  readonly value: Uint8Array | undefined;
}

/** The bounds of a scan as in ScanOptions, but for the snapshot, which is a slot. */
export interface Range {
  readonly gt?: Uint8Array;
  readonly gte?: Uint8Array;
  readonly lt?: Uint8Array;
  readonly lte?: Uint8Array;
  readonly reverse: boolean;
  readonly limit: number;
  readonly keysOnly: boolean;
}

export type Operation =
  /** `single`: each awaited before the next. `turn`: all called in one turn, then awaited. */
  | {
      readonly kind: "write";
      readonly how: "single" | "turn" | "batch";
      readonly writes: readonly Write[];
    }
  | ({
      readonly kind: "get";
      readonly how: "get" | "getMany";
      readonly keys: readonly Uint8Array[];
    } & AsOf)
  | ({ readonly kind: "scan"; readonly range: Range } & AsOf)
  | ({ readonly kind: "openCursor"; readonly slot: number; readonly range: Range } & AsOf)
  /** The next records of the cursor, or fewer at its end. */
  | { readonly kind: "take"; readonly slot: number; readonly records: number }
  | { readonly kind: "closeCursor"; readonly slot: number }
  | { readonly kind: "openSnapshot"; readonly slot: number }
  | { readonly kind: "closeSnapshot"; readonly slot: number }
  | { readonly kind: "flush" }
  /** `during`: writes that are made while it runs. */
  | { readonly kind: "compact"; readonly during: readonly Write[] }
  | { readonly kind: "checkpoint"; readonly during: readonly Write[] }
  | { readonly kind: "verify" }
  /**
   * `close`: cursors and snapshots first. `leave`: the engine alone. `kill`: nothing is closed, the
   * files are as the kernel has them (where that can be had; else as `close`).
   */
  | {
      readonly kind: "reopen";
      readonly how: "close" | "leave" | "kill";
      readonly variant: number;
    };

interface AsOf {
  /** A slot: read as of its snapshot, or now when it holds none. */
  readonly snapshot: number | undefined;
}

/** One line for a person, who is to write a test of it. */
export function describeOperation(operation: Operation): string {
  const parts: string[] = [operation.kind];
  for (const [name, value] of Object.entries(operation)) {
    if (name === "kind" || value === undefined) continue;
    if (name === "writes" || name === "during") parts.push(...describeWrites(value as Write[]));
    else if (name === "keys") parts.push(...(value as Uint8Array[]).map(show));
    else if (name === "range") parts.push(describeRange(value as Range));
    else parts.push(`${name}=${String(value)}`);
  }
  return parts.join(" ");
}

function describeWrites(writes: readonly Write[]): string[] {
  return writes.map(({ key, value }) =>
    value === undefined ? `delete ${show(key)};` : `put ${show(key)} = ${show(value)};`,
  );
}

function describeRange(range: Range): string {
  const parts = Object.entries(range).map(([name, value]) =>
    value instanceof Uint8Array ? `${name}=${show(value)}` : `${name}=${String(value)}`,
  );
  return `{${parts.join(" ")}}`;
}
