// A reader of edn, as far as histories need it: what Clojure programs print.
//
// Lists and vectors become arrays, maps EdnMap, keywords EdnKeyword, nil null, and numbers numbers,
// but for those that a number cannot hold exactly: they stay text. Tags are dropped, their values
// kept; comments (`;`) and discarded forms (`#_`) are skipped. What else programs print, symbols,
// characters, ratios, `##NaN`, vars, patterns and `#<objects>`, becomes EdnOther: it can be passed
// over, and is no value. A nesting deeper than DEPTH_MAX is refused.

import { HistoryError } from "./history-error.ts";
import { shown } from "./recorded-event.ts";

const DEPTH_MAX = 200;
const CLOSERS: Readonly<Record<string, string>> = { "[": "]", "(": ")", "{": "}" };
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  b: "\b",
  f: "\f",
  '"': '"',
  "\\": "\\",
};
const NUMBER = /^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?[NM]?$/;
/** A symbol, a ratio, or an integer of another base. */
const OTHER =
  /^([A-Za-z*!_?$&=<>|.'][^\s]*|[+-]([^\d][^\s]*)?|[+-]?\d+\/\d+|[+-]?0[xX][\da-fA-F]+)$/;
const TOKEN = /[^\s,()[\]{}";]+/y;
const SPACE = /[\s,]+/y;

export class EdnKeyword {
  /** Without its colon. */
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Something that is not read further: its text. */
export class EdnOther {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export class EdnMap {
  /** 1-based line of its opening brace. */
  readonly line: number;
  /** Values by keyword, without colon; entries under anything else are left out. */
  readonly entries = new Map<string, EdnValue>();

  constructor(line: number) {
    this.line = line;
  }
}

export type EdnValue =
  | null
  | boolean
  | number
  | string
  | EdnKeyword
  | EdnOther
  | EdnMap
  | readonly EdnValue[];

/** What stands for the end of a collection, or of the text. */
const END = Symbol("end");

/** All values of the text, one after the other; throws HISTORY_SYNTAX. */
export function readEdn(text: string, firstLine = 1): EdnValue[] {
  const reader = new EdnReader(text, firstLine);
  return reader.readUntil("", firstLine, 0);
}

class EdnReader {
  readonly #text: string;
  #at = 0;
  #line: number;

  constructor(text: string, line: number) {
    this.#text = text;
    this.#line = line;
  }

  /** @param closer The bracket that ends the values; empty for the end of the text. */
  readUntil(closer: string, openedLine: number, depth: number): EdnValue[] {
    const values: EdnValue[] = [];
    for (;;) {
      const value = this.#read(closer, openedLine, depth);
      if (value === END) return values;
      values.push(value);
    }
  }

  #read(closer: string, openedLine: number, depth: number): EdnValue | typeof END {
    if (depth > DEPTH_MAX) {
      throw this.#error(`nested deeper than ${DEPTH_MAX}: this is no history`);
    }
    for (;;) {
      this.#skipSpace();
      const char = this.#text[this.#at];
      if (char === undefined) {
        if (closer === "") return END;
        const opened = `the ${shown(closer)} for line ${openedLine} is missing`;
        throw this.#error(`the text ends too early, ${opened}: give the whole file`);
      }
      if (char === closer) {
        this.#at++;
        return END;
      }
      if (char !== "#") return this.#readForm(char, depth);
      this.#at++;
      const value = this.#readDispatched(depth);
      if (value !== undefined) return value;
    }
  }

  /** What comes after `#`; undefined when that was a discarded form, or a tag of what follows. */
  #readDispatched(depth: number): EdnValue | undefined {
    const char = this.#text[this.#at];
    if (char === "{") return this.#readForm("{", depth, true);
    if (char === '"') return new EdnOther(this.#skipTo('"'));
    if (char === "<") return new EdnOther(this.#skipTo(">"));
    if (char === "_") {
      this.#at++;
      this.#readNext(depth);
      return undefined;
    }
    const token = this.#token();
    return token.startsWith("#") || token.startsWith("'") ? new EdnOther(`#${token}`) : undefined;
  }

  /** The text from here through the character that ends it; one behind a backslash does not. */
  #skipTo(last: string): string {
    const from = this.#at;
    const line = this.#line;
    for (this.#at++; this.#text[this.#at] !== last; this.#at++) {
      if (this.#text[this.#at] === "\\") this.#at++;
      if (this.#text[this.#at] === "\n") this.#line++;
      if (this.#at < this.#text.length) continue;
      const opened = `the ${shown(last)} for line ${line} is missing`;
      throw this.#error(`the text ends too early, ${opened}: give the whole file`);
    }
    return this.#text.slice(from, ++this.#at);
  }

  /** One value, where one must be. */
  #readNext(depth: number): EdnValue {
    const value = this.#read("", this.#line, depth + 1);
    if (value === END) throw this.#error("a value is missing at the end: give the whole file");
    return value;
  }

  #readForm(char: string, depth: number, isSet = false): EdnValue {
    const line = this.#line;
    if (char === '"') return this.#readString();
    const closer = CLOSERS[char];
    if (closer === undefined) return this.#readAtom();
    this.#at++;
    const values = this.readUntil(closer, line, depth + 1);
    return char === "{" && !isSet ? this.#toMap(values, line) : values;
  }

  #toMap(values: readonly EdnValue[], line: number): EdnMap {
    if (values.length % 2 !== 0) {
      throw new HistoryError("HISTORY_SYNTAX", line, "a key of this map has no value: correct it");
    }
    const map = new EdnMap(line);
    for (let i = 0; i < values.length; i += 2) {
      const key = values[i]!;
      if (key instanceof EdnKeyword) map.entries.set(key.name, values[i + 1]!);
    }
    return map;
  }

  #readString(): string {
    const line = this.#line;
    let result = "";
    for (this.#at++; ; this.#at++) {
      const char = this.#text[this.#at];
      if (char === undefined) {
        throw this.#error(
          `the text ends too early, in a string of line ${line}: give the whole file`,
        );
      }
      if (char === '"') break;
      if (char === "\n") this.#line++;
      result += char === "\\" ? this.#escape() : char;
    }
    this.#at++;
    return result;
  }

  /** The character that an escape stands for; leaves the reader on its last letter. */
  #escape(): string {
    const char = this.#text[++this.#at] ?? "";
    if (char === "u") {
      const digits = this.#text.slice(this.#at + 1, this.#at + 5);
      if (/^[\da-fA-F]{4}$/.test(digits)) {
        this.#at += 4;
        return String.fromCharCode(Number.parseInt(digits, 16));
      }
    } else if (Object.hasOwn(ESCAPES, char)) return ESCAPES[char]!;
    throw this.#error(`unknown escape ${shown(`\\${char}`)} in a string: correct it`);
  }

  #readAtom(): EdnValue {
    if (this.#text[this.#at] === "\\") return this.#readCharacter();
    const token = this.#token();
    if (token === "nil") return null;
    if (token === "true" || token === "false") return token === "true";
    if (token.length > 1 && token[0] === ":") return new EdnKeyword(token.slice(1));
    if (NUMBER.test(token)) {
      const value = Number(token.replace(/[NM]$/, ""));
      if (Number.isSafeInteger(value) || token.includes(".")) return value;
      return token.replace(/^\+|N$/g, "");
    }
    if (OTHER.test(token)) return new EdnOther(token);
    throw this.#error(`${shown(token)} is no value of edn: correct it`);
  }

  /** `\a`, `\newline`, and what else stands behind a backslash. */
  #readCharacter(): EdnOther {
    const from = this.#at;
    this.#at += 2;
    TOKEN.lastIndex = this.#at;
    this.#at += TOKEN.exec(this.#text)?.[0].length ?? 0;
    return new EdnOther(this.#text.slice(from, this.#at));
  }

  #token(): string {
    TOKEN.lastIndex = this.#at;
    const token = TOKEN.exec(this.#text)?.[0];
    if (token === undefined) {
      throw this.#error(`${shown(this.#text[this.#at] ?? "")} has no place here: correct it`);
    }
    this.#at += token.length;
    return token;
  }

  #skipSpace(): void {
    for (;;) {
      SPACE.lastIndex = this.#at;
      const space = SPACE.exec(this.#text)?.[0];
      if (space !== undefined) {
        this.#at += space.length;
        for (const char of space) if (char === "\n") this.#line++;
      } else if (this.#text[this.#at] === ";") {
        const end = this.#text.indexOf("\n", this.#at);
        this.#at = end < 0 ? this.#text.length : end;
      } else return;
    }
  }

  #error(what: string): HistoryError {
    return new HistoryError("HISTORY_SYNTAX", this.#line, what);
  }
}
