// What a node last knew of who owns what, on its disk: so that it never goes back behind an epoch
// that it said it knew, and can serve again before it meets anybody.
//
//   OWNERSHIP := the text of ownership-text.ts, in a line with its checksum before it, hexadecimal

import path from "node:path";
import { EngineError, ioError } from "../../engines/errors.ts";
import type { FileSystem } from "../../engines/io/filesystem.ts";
import { makeFolder, readReplaced, replaceFile } from "../../engines/io/folder.ts";
import { checksumBytes } from "../../engines/log/checksum.ts";
import { RingError } from "../ring/ring-error.ts";
import type { Ownership } from "./ownership.ts";
import { decodeOwnership, encodeOwnership } from "./ownership-text.ts";

const FILE = "OWNERSHIP";
const CHECKSUM_DIGITS = 8;

export class OwnershipFile {
  readonly #files: FileSystem;
  readonly #dir: string;

  constructor(files: FileSystem, dir: string) {
    this.#files = files;
    this.#dir = dir;
  }

  /** Durable; undefined when there is none. Throws EngineError: ENGINE_CORRUPTION for damage. */
  read(): Ownership | undefined {
    const file = path.join(this.#dir, FILE);
    let bytes: Uint8Array | undefined;
    try {
      bytes = readReplaced(this.#files, this.#dir, FILE);
    } catch (error) {
      throw ioError(error, "cannot read who owns what", file);
    }
    if (bytes === undefined) return undefined;
    const text = new TextDecoder().decode(bytes.subarray(CHECKSUM_DIGITS + 1));
    const written = new TextDecoder().decode(bytes.subarray(0, CHECKSUM_DIGITS));
    try {
      if (written === checksumOf(text)) return decodeOwnership(text);
    } catch (error) {
      if (!(error instanceof RingError)) throw error;
    }
    const cure = "remove it, and the node asks the others";
    const message = `${file} is damaged: ${cure}`;
    throw new EngineError("ENGINE_CORRUPTION", message, { file, offset: 0 });
  }

  /** Durable when it returns. Throws EngineError. */
  write(ownership: Ownership): void {
    const text = encodeOwnership(ownership);
    const bytes = new TextEncoder().encode(`${checksumOf(text)} ${text}`);
    try {
      makeFolder(this.#files, this.#dir);
      replaceFile(this.#files, this.#dir, FILE, bytes);
    } catch (error) {
      throw ioError(error, "cannot write who owns what", path.join(this.#dir, FILE));
    }
  }
}

function checksumOf(text: string): string {
  const checksum = checksumBytes(new TextEncoder().encode(text), 0);
  return (checksum >>> 0).toString(16).padStart(CHECKSUM_DIGITS, "0");
}
