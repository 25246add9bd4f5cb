// Folders for data that nobody wants to keep: fresh, and gone at the end, however the process ends
// short of kill -9.

import fs from "node:fs";
import path from "node:path";

export class DataDir {
  readonly path: string;
  readonly #parent: string;
  readonly #createdParent: boolean;
  readonly #onExit = () => this.#remove();

  /** @param parent created when absent, and removed again if it was and is empty at the end. */
  constructor(parent: string) {
    this.#parent = path.resolve(parent);
    this.#createdParent = !fs.existsSync(this.#parent);
    fs.mkdirSync(this.#parent, { recursive: true });
    this.path = fs.mkdtempSync(path.join(this.#parent, "ringbench-data-"));
    process.on("exit", this.#onExit);
  }

  /** A folder in it that is empty, or will be when it is created. */
  emptyDir(name: string): string {
    const dir = path.join(this.path, name);
    fs.rmSync(dir, { recursive: true, force: true });
    return dir;
  }

  close(): void {
    process.off("exit", this.#onExit);
    this.#remove();
  }

  #remove(): void {
    fs.rmSync(this.path, { recursive: true, force: true });
    if (!this.#createdParent) return;
    try {
      fs.rmdirSync(this.#parent);
    } catch {
      // Somebody else put something there: it stays.
    }
  }
}
