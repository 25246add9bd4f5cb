// Opening decides by sequence which of two records of a key is the newer, not by the order of the
// files.

import { describe, expect, it } from "vitest";
import { hashlogModule } from "../../../engines/hashlog/module.ts";
import { segmentName, segmentPath } from "../../../engines/hashlog/segment.ts";
import { claimFolder } from "../../../engines/io/folder.ts";
import { createLogFile, LOG_HEADER_BYTES } from "../../../engines/log/log-header.ts";
import { writeManifest } from "../../../engines/log/manifest.ts";
import { encodeRecord, newRecordBuffer, RecordKind } from "../../../engines/log/record.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import { bytes, contents, inTempDir, open } from "../support/stores.ts";

describe("recovery", () => {
  it("keeps the record with the higher sequence, in whatever file it stands", async () => {
    await inTempDir(async (dir) => {
      const fileSystem = new FaultyFileSystem();
      claimFolder(fileSystem, dir, { engine: "hashlog", format: 1 }, false).release();
      const write = (id: number, records: [RecordKind, number, string, string][]) => {
        const file = createLogFile(fileSystem, segmentPath(dir, id), id, "os");
        const buffer = newRecordBuffer(4096);
        let at = LOG_HEADER_BYTES;
        for (const [kind, sequence, key, value] of records) {
          const length = encodeRecord(
            buffer,
            0,
            id,
            at,
            kind,
            0,
            sequence,
            bytes(key),
            bytes(value),
          );
          file.writeSync(buffer.bytes, 0, length, at);
          at += length;
        }
        file.closeSync();
        return { name: segmentName(id), sizeBytes: at };
      };
      const newer = write(2, [
        [RecordKind.put, 20, "overwritten", "new"],
        [RecordKind.delete, 21, "deleted", ""],
      ]);
      const older = write(1, [
        [RecordKind.put, 10, "overwritten", "old"],
        [RecordKind.put, 11, "deleted", "old"],
        [RecordKind.put, 12, "kept", "old"],
      ]);
      writeManifest(fileSystem, dir, [newer, older]);
      const engine = await open(hashlogModule, dir);
      expect([...(await contents(engine))]).toEqual([
        ["kept", "old"],
        ["overwritten", "new"],
      ]);
      await engine.put(bytes("deleted"), bytes("again"));
      await engine.close();
      const again = await open(hashlogModule, dir);
      expect((await contents(again)).get("deleted")).toBe("again");
      await again.close();
    });
  });
});
