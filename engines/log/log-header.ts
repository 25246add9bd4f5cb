// The head of every log file.
//
//   header := magic: u32 "RBLG", format: u32, fileId: u32, durability: u32, 0: u32, checksum: u32
//
// The file id stands in the name, in the header and in the seed of every record's checksum. The
// durability level decides how a damaged end is judged (log-scan.ts).

import path from "node:path";
import { DURABILITIES, type Durability } from "../engine.ts";
import { corruption, ignoreIoErrors, ioError, unknownFormat } from "../errors.ts";
import type { File, FileSystem } from "../io/filesystem.ts";
import { checksumWords } from "./checksum.ts";
import { newRecordBuffer } from "./record.ts";

export const LOG_HEADER_BYTES = 24;
const MAGIC = 0x474c4252; // "RBLG" in little-endian
const FORMAT = 1;
const CHECKED_WORDS = LOG_HEADER_BYTES / 4 - 1;

function writeLogHeader(file: File, fileId: number, durability: Durability): void {
  const { words, bytes } = newRecordBuffer(LOG_HEADER_BYTES);
  words[0] = MAGIC;
  words[1] = FORMAT;
  words[2] = fileId;
  words[3] = DURABILITIES.indexOf(durability);
  words[CHECKED_WORDS] = checksumWords(words, 0, CHECKED_WORDS, fileId);
  file.writeSync(bytes, 0, LOG_HEADER_BYTES, 0);
}

/** A new log file with its header, durable in its folder. When it throws, nothing is left open. */
export function createLogFile(
  fileSystem: FileSystem,
  filePath: string,
  fileId: number,
  durability: Durability,
): File {
  let file: File | undefined;
  try {
    fileSystem.removeSync(filePath);
    file = fileSystem.openSync(filePath, "create");
    writeLogHeader(file, fileId, durability);
    file.syncSync();
    fileSystem.syncDirSync(path.dirname(filePath));
    return file;
  } catch (cause) {
    file?.closeSync();
    // Nothing lists it: on a full disk each try would leave another one.
    ignoreIoErrors(() => fileSystem.removeSync(filePath));
    throw ioError(cause, `cannot create ${filePath}`, filePath);
  }
}

/** The level at which the file was written. Throws ENGINE_CORRUPTION, ENGINE_WRONG_FOLDER. */
export function readLogHeader(file: File, fileId: number): Durability {
  const { words, bytes } = newRecordBuffer(LOG_HEADER_BYTES);
  const length = file.readSync(bytes, 0, LOG_HEADER_BYTES, 0);
  if (length < LOG_HEADER_BYTES) throw corruption(file.path, length, "the header is cut short");
  const checksum = checksumWords(words, 0, CHECKED_WORDS, fileId);
  if (words[0] !== MAGIC || words[2] !== fileId || words[CHECKED_WORDS] !== checksum) {
    throw corruption(file.path, 0, "the header does not verify");
  }
  if (words[1] !== FORMAT) throw unknownFormat(file.path, 4, words[1]!);
  const durability = DURABILITIES[words[3]!];
  if (durability === undefined) throw corruption(file.path, 12, "it has no durability level");
  return durability;
}
