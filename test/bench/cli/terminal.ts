// As much of a terminal as a view that draws over itself needs: lines, and the few escapes that
// move the cursor and clear.

export class Terminal {
  readonly isTTY = true;
  readonly columns: number;
  readonly rows: number;
  #lines: string[] = [""];
  #row = 0;
  #column = 0;
  /** Everything that was written. */
  text = "";

  constructor(columns = 80, rows = 24) {
    this.columns = columns;
    this.rows = rows;
  }

  readonly write = (text: string): void => {
    this.text += text;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what this is about.
    for (const [part] of text.matchAll(/\x1b\[\d*[A-Za-z]|[\s\S]/g)) this.#put(part);
  };

  /** What a reader sees, without what is empty at the end. */
  get screen(): string[] {
    const lines = [...this.#lines];
    while (lines.at(-1) === "") lines.pop();
    return lines;
  }

  /** The cursor stands at the start of an empty line, as a prompt wants it. */
  get isAtLineStart(): boolean {
    return this.#column === 0 && this.#lines[this.#row] === "";
  }

  #put(part: string): void {
    if (part === "\n") {
      this.#row++;
      this.#column = 0;
      if (this.#row === this.#lines.length) this.#lines.push("");
    } else if (part === "\r") this.#column = 0;
    else if (part === "\x1b[K") this.#lines[this.#row] = this.#line.slice(0, this.#column);
    else if (part === "\x1b[J") {
      this.#lines[this.#row] = this.#line.slice(0, this.#column);
      this.#lines.length = this.#row + 1;
    } else if (part.startsWith("\x1b") && part.endsWith("A")) {
      this.#row = Math.max(0, this.#row - Number(part.slice(2, -1)));
    } else if (part.startsWith("\x1b")) throw new Error(`an escape that is not known: ${part}`);
    else {
      this.#lines[this.#row] =
        this.#line.slice(0, this.#column) + part + this.#line.slice(this.#column + 1);
      this.#column++;
      if (this.#column > this.columns)
        throw new Error("a line is longer than the terminal is wide");
    }
  }

  get #line(): string {
    return this.#lines[this.#row]!;
  }
}
