// Tells a node whose disk is new which keys it voted on together with this one: page by page, in
// the order of the engine.

import type { Engine, ScanOptions } from "../../engines/engine.ts";
import type { NodeId } from "../runtime.ts";
import type { Electorate } from "./electorate.ts";
import { type ListedMessage, type ListMessage, MessageKind } from "./messages.ts";

/** Records that are looked at for one page, so that it has no more keys than a message may. */
const PAGE_RECORDS = 128;

export interface KeyListParts {
  readonly engine: Engine;
  readonly electorateOf: (key: Uint8Array) => Electorate;
  /** Whether this disk lacks nothing that the node ever voted on. */
  readonly isWhole: () => boolean;
}

export class KeyList {
  readonly #parts: KeyListParts;

  constructor(parts: KeyListParts) {
    this.#parts = parts;
  }

  /** The keys with `from` among their voters that follow `after`. Throws EngineError. */
  async page(from: NodeId, { number, after }: ListMessage): Promise<ListedMessage> {
    const { engine, electorateOf } = this.#parts;
    // Asked before the records are read: what is lost until then is missing from the page.
    const isWhole = this.#parts.isWhole();
    const options: ScanOptions = { keysOnly: true, limit: PAGE_RECORDS };
    const cursor = engine.scan(after === undefined ? options : { ...options, gt: after });
    const keys: Uint8Array[] = [];
    let last: Uint8Array | undefined;
    let records = 0;
    for (let chunk = await cursor.next(); chunk !== undefined; chunk = await cursor.next()) {
      for (let i = 0; i < chunk.count; i++) {
        last = chunk.key(i).slice();
        records++;
        if (electorateOf(last).indexOf(from) >= 0) keys.push(last);
      }
    }
    await cursor.close();
    const next = records < PAGE_RECORDS ? undefined : last;
    return { kind: MessageKind.listed, number, keys, next, isWhole };
  }
}
