// The hex in each FORMAT.md is a file that the scanner reads, and that the encoder writes again.

import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { LOG_HEADER_BYTES, readLogHeader } from "../../../engines/log/log-header.ts";
import { scanLog } from "../../../engines/log/log-scan.ts";
import {
  encodeRecord,
  keyLengthAt,
  kindAt,
  newRecordBuffer,
  RECORD_HEADER_BYTES,
  type RecordKind,
  sequenceAt,
  valueLengthAt,
} from "../../../engines/log/record.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import { inTempDir, text } from "../support/stores.ts";

/** The bytes of the first hex block of a page. */
function exampleOf(page: string): Uint8Array {
  const markdown = fs.readFileSync(new URL(`../../../engines/${page}`, import.meta.url), "utf8");
  const block = /```hex\n([\s\S]*?)```/.exec(markdown)![1]!;
  const digits = block.replaceAll(/^[0-9a-f]{4} {2}/gm, "").replaceAll(/\s/g, "");
  return Uint8Array.from(Buffer.from(digits, "hex"));
}

describe("FORMAT.md", () => {
  it.each([
    ["hashlog/FORMAT.md", 1, "group", ["1 1 k1=apple", "3 52 =", "2 2 k1="]],
    ["memory/FORMAT.md", 2, "sync", ["1 3 k1=apple"]],
  ] as const)("the example of %s parses", async (page, fileId, durability, expected) => {
    await inTempDir(async (dir) => {
      const content = exampleOf(page);
      const filePath = path.join(dir, "example.log");
      fs.writeFileSync(filePath, content);
      const file = new FaultyFileSystem().openSync(filePath, "write");
      expect(readLogHeader(file, fileId)).toBe(durability);
      const scan = { file, fileId, from: LOG_HEADER_BYTES, durability, isLast: false };
      const seen: string[] = [];
      const result = scanLog({ ...scan, provenBytes: content.length }, (buffer, at, offset) => {
        const keyEnd = at + RECORD_HEADER_BYTES + keyLengthAt(buffer, at);
        const key = buffer.bytes.slice(at + RECORD_HEADER_BYTES, keyEnd);
        const value = buffer.bytes.slice(keyEnd, keyEnd + valueLengthAt(buffer, at));
        const kind = kindAt(buffer, at) as RecordKind;
        const sequence = sequenceAt(buffer, at);
        seen.push(`${kind} ${sequence} ${text(key)}=${text(value)}`);
        const again = newRecordBuffer(64);
        const length = encodeRecord(again, 0, fileId, offset, kind, 0, sequence, key, value);
        expect(again.bytes.slice(0, length)).toEqual(content.slice(offset, offset + length));
      });
      expect(seen).toEqual(expected);
      expect(result.end).toBe(content.length);
      file.closeSync();
    });
  });
});
