// Which parts of which files were read, to the block: what nobody read was not checked.

const BLOCK_BYTES = 4096;

interface ReadBlocks {
  readonly blocks: Uint8Array;
  unread: number;
}

export class Coverage {
  readonly #files = new Map<string, ReadBlocks>();
  /** Bytes read in all, those that were read twice counted twice. */
  bytesRead = 0;

  /** A file of this length counts from here on. */
  add(file: string, sizeBytes: number): void {
    const count = Math.ceil(sizeBytes / BLOCK_BYTES);
    this.#files.set(file, { blocks: new Uint8Array(count), unread: count });
  }

  note(file: string, position: number, length: number): void {
    this.bytesRead += length;
    const found = this.#files.get(file);
    if (found === undefined || length === 0) return;
    const last = Math.min(
      found.blocks.length - 1,
      Math.floor((position + length - 1) / BLOCK_BYTES),
    );
    for (let block = Math.floor(position / BLOCK_BYTES); block <= last; block++) {
      if (found.blocks[block] === 1) continue;
      found.blocks[block] = 1;
      found.unread--;
    }
  }

  /** Some of it was read. */
  wasRead(file: string): boolean {
    const found = this.#files.get(file);
    return found !== undefined && found.unread < found.blocks.length;
  }

  /** Files of which some block was never read, about how many bytes of it, and whether any was. */
  unread(): { readonly file: string; readonly bytes: number; readonly isAll: boolean }[] {
    return [...this.#files]
      .filter(([, { unread }]) => unread > 0)
      .map(([file, { unread, blocks }]) => ({
        file,
        bytes: unread * BLOCK_BYTES,
        isAll: unread === blocks.length,
      }));
  }
}
