// Reads through one connection. One of its own, inside a read transaction, is a view of the
// database as of one moment: SQLite's log lets it go on while the writer writes.

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Range } from "./range.ts";

export type SqliteRow = readonly (Uint8Array | undefined)[];

export interface SqliteRows {
  /** The next row, or undefined at the end. */
  next(): SqliteRow | undefined;
  /** Lets go of the statement. Once. */
  finish(): void;
}

const GET = "SELECT value FROM records WHERE key = ?";
/** Statements that a reader keeps prepared: about as many as there are shapes of scans. */
const STATEMENTS_MAX = 36;

export class SqliteReader {
  readonly #database: DatabaseSync;
  readonly #get: StatementSync;
  /** Idle statements by their text; one that is being stepped is not in here. */
  readonly #idle = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#get = database.prepare(GET);
    this.#get.setReturnArrays(true);
  }

  /** From here on it sees the state of this moment. */
  begin(): void {
    this.#database.exec("BEGIN");
    // The moment is that of the first read, so there must be one now.
    this.#get.get(NO_KEY);
  }

  end(): void {
    this.#database.exec("COMMIT");
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return (this.#get.get(key) as unknown as SqliteRow | undefined)?.[0];
  }

  /** The rows of the range, in order: `[key, value]`, or `[key]` for keys only. */
  rows(range: Range): SqliteRows {
    const sql = scanSql(range);
    const statement = this.#idle.get(sql) ?? this.#prepare(sql);
    this.#idle.delete(sql);
    const bounds = boundsOf(range);
    const rows = statement.iterate(...bounds, range.limit) as unknown as Iterator<SqliteRow>;
    return {
      next: () => {
        const step = rows.next();
        return step.done === true ? undefined : step.value;
      },
      finish: () => {
        rows.return?.();
        if (this.#idle.size < STATEMENTS_MAX) this.#idle.set(sql, statement);
      },
    };
  }

  /** The same rows all at once; there should be few. */
  allRows(range: Range): SqliteRow[] {
    const sql = scanSql(range);
    let statement = this.#idle.get(sql);
    if (statement === undefined) {
      statement = this.#prepare(sql);
      this.#idle.set(sql, statement);
    }
    return statement.all(...boundsOf(range), range.limit) as unknown as SqliteRow[];
  }

  close(): void {
    this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#database.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  }
}

const NO_KEY = new Uint8Array(0);

/** In the order of the question marks. */
function boundsOf(range: Range): Uint8Array[] {
  const bounds: Uint8Array[] = [];
  if (range.lower !== undefined) bounds.push(range.lower);
  if (range.upper !== undefined) bounds.push(range.upper);
  return bounds;
}

function scanSql(range: Range): string {
  const conditions: string[] = [];
  if (range.lower !== undefined) conditions.push(range.lowerInclusive ? "key >= ?" : "key > ?");
  if (range.upper !== undefined) conditions.push(range.upperInclusive ? "key <= ?" : "key < ?");
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  const columns = range.keysOnly ? "key" : "key, value";
  const order = range.reverse ? "DESC" : "ASC";
  return `SELECT ${columns} FROM records${where} ORDER BY key ${order} LIMIT ?`;
}
