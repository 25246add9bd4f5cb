// Copies a store as of now into a new folder: tables as they are, logs up to where they end. A copy
// that fails is removed: half of one must not pass for a store, or stand in the way of the next.

import path from "node:path";
import type { EngineOptions } from "../engine.ts";
import {
  corruption,
  EngineError,
  type EngineErrorCode,
  ignoreIoErrors,
  ioError,
} from "../errors.ts";
import type { File, FileSystem, FolderLock } from "../io/filesystem.ts";
import { claimFolder } from "../io/folder.ts";
import { type ManifestEntry, writeManifest } from "../log/manifest.ts";
import { LSM_IDENTITY } from "./identity.ts";
import { tableName } from "./table-facts.ts";
import type { Tree } from "./tree.ts";

const DISK_FAILURES: ReadonlySet<EngineErrorCode> = new Set([
  "ENGINE_NO_SPACE",
  "ENGINE_IO",
  "ENGINE_READ_ONLY",
]);
const COPY_BYTES = 1024 * 1024;

interface Source {
  readonly name: string;
  readonly sizeBytes: number;
  readonly level?: number;
  readonly file: File;
}

export async function checkpointTree(
  tree: Tree,
  { fileSystem }: EngineOptions,
  dir: string,
): Promise<void> {
  if (fileSystem.listSync(dir).length > 0) {
    throw new EngineError(
      "ENGINE_WRONG_FOLDER",
      `${dir} is not empty; a checkpoint wants a new one`,
    );
  }
  tree.writer.writeAll();
  const version = tree.version.hold();
  const logs = tree.files.reopenLogs(tree.sealed, tree.active);
  try {
    const tables = version.levels.flatMap((level, number) =>
      level.map(({ facts, file }) => ({
        name: tableName(facts.id),
        sizeBytes: facts.sizeBytes,
        level: number,
        file,
      })),
    );
    await copyAll(fileSystem, dir, [...tables, ...logs]);
  } finally {
    for (const { file } of logs) file.closeSync();
    version.release();
  }
}

async function copyAll(
  fileSystem: FileSystem,
  dir: string,
  sources: readonly Source[],
): Promise<void> {
  const lock = claim(fileSystem, dir);
  let isWhole = false;
  try {
    for (const source of sources) await copy(fileSystem, dir, source);
    fileSystem.syncDirSync(dir);
    const entries: ManifestEntry[] = sources.map(({ name, sizeBytes, level }) => ({
      name,
      sizeBytes,
      ...(level === undefined ? {} : { level }),
    }));
    writeManifest(fileSystem, dir, entries);
    isWhole = true;
  } catch (error) {
    throw ioError(error, `cannot make a checkpoint in ${dir}`, dir);
  } finally {
    if (!isWhole) removeAll(fileSystem, dir);
    lock.release();
  }
}

function claim(fileSystem: FileSystem, dir: string): FolderLock {
  try {
    return claimFolder(fileSystem, dir, LSM_IDENTITY, false);
  } catch (error) {
    // Then it is not another's, and holds a mark of ours at most.
    if (DISK_FAILURES.has((error as EngineError).code)) removeAll(fileSystem, dir);
    throw error;
  }
}

/** The folder was empty when we came. */
function removeAll(fileSystem: FileSystem, dir: string): void {
  ignoreIoErrors(() => {
    for (const name of fileSystem.listSync(dir)) {
      ignoreIoErrors(() => fileSystem.removeSync(path.join(dir, name)));
    }
  });
}

async function copy(fileSystem: FileSystem, dir: string, source: Source): Promise<void> {
  const target = fileSystem.openSync(path.join(dir, source.name), "create");
  try {
    const buffer = new Uint8Array(COPY_BYTES);
    for (let offset = 0; offset < source.sizeBytes; ) {
      const wanted = Math.min(COPY_BYTES, source.sizeBytes - offset);
      const length = await source.file.read(buffer, 0, wanted, offset);
      if (length === 0) throw corruption(source.file.path, offset, "it is cut short");
      target.writeSync(buffer, 0, length, offset);
      offset += length;
    }
    await target.sync();
  } finally {
    target.closeSync();
  }
}
