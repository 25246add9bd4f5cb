// A reader of edn, as far as histories need it: what Clojure programs print.
//
// Lists and vectors become arrays, maps EdnMap, keywords EdnKeyword, nil null, and numbers numbers,
// but for those that a number cannot hold exactly: they stay text. Tags are dropped, their values
// kept; comments (`;`) and discarded forms (`#_`) are skipped. A nesting deeper than DEPTH_MAX is
// refused.

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
const TOKEN = /[^\s,()[\]{}";]+/y;
const SPACE = /[\s,]+/y;

export class EdnKeyword {
  /** Without its colon. */
  readonly name: string;

  constructor(name: string) {
    this.name = name;
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

export type EdnValue = null | boolean | number | string | EdnKeyword | EdnMap | readonly EdnValue[];

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
      if (this.#text[this.#at] === "{") return this.#readForm("{", depth, true);
      if (this.#text[this.#at] === "_") {
        this.#at++;
        this.#readNext(depth);
      } else this.#token();
    }
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
    const token = this.#token();
    if (token === "nil") return null;
    if (token === "true" || token === "false") return token === "true";
    if (token.length > 1 && token[0] === ":") return new EdnKeyword(token.slice(1));
    if (NUMBER.test(token)) {
      const value = Number(token.replace(/[NM]$/, ""));
      return Number.isSafeInteger(value) || token.includes(".") ? value : token;
    }
    throw this.#error(`${shown(token)} is no value of edn: correct it`);
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
