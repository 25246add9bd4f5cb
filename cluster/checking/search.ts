// The search for a linearization of the operations of one object (Wing and Gong, Testing and
// Verifying Concurrent Objects, JPDC 1993; with the memo of Lowe, Testing for Linearizability,
// CCPE 2017, section 4).
//
// Steps:
//  1. Invocations and completions that are not linearized yet are a linked list in order of time.
//     Those invoked before the first completion in it may come next: each is a candidate.
//  2. A candidate that is legal, and leads to a configuration (linearized operations, state) that
//     was not seen before, is taken out of the list; the search goes on from the start.
//  3. When none is left, the last operation taken is put back, and the next candidate tried.
// Four cuts leave verdicts as they are:
//  a. An operation that changes no state, and is legal now, is taken without a second thought: any
//     linearization that has it later stays one when it is moved to here.
//  b. Operations of unknown outcome are in a list of their own, and are tried last; one that does
//     nothing in this state is left out.
//  c. Of two such operations that do the same, the earlier one is taken first.
//  d. No write comes right after one of them: nobody would have seen it, and it could be left out.
//     Without this every subset of them is tried at every dead end. The memo need not tell such a
//     configuration from the same one reached otherwise: whatever a write leads to from here, it
//     leads to from the configuration before, which is on the stack and gets its turn.

import type { Machine } from "./machine.ts";
import { Memo } from "./memo.ts";
import type { Operation } from "./operation.ts";
import { OperationSet } from "./operation-set.ts";

/** What may be kept in memory of one search: 1 GiB of records. */
const MEMO_WORDS_MAX = 2 ** 28;
/** How many operations before a dead end are told. */
const TAIL_LENGTH = 6;

/** Where the longest linearization that works ends. */
export interface DeadEnd {
  /** What had to come next, at the latest, and could not. */
  readonly blocked: Operation;
  /** Operations linearized before, and the last of them in their order. */
  readonly linearized: number;
  readonly tail: readonly Operation[];
  /** The state after them. */
  readonly state: number;
}

export class Search {
  readonly #machine: Machine;
  readonly #memo = new Memo();
  /** Positions of nodes: calls (0 to r-1), ends (r to 2r-1), optional calls (2r to 2r+o-1). */
  readonly #position: Float64Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #head: number;
  readonly #optionalHead: number;
  readonly #required: OperationSet;
  readonly #optional: OperationSet;
  readonly #stack: Int32Array;
  readonly #stackState: Int32Array;
  readonly #stackBound: Float64Array;
  #depth = 0;
  #state: number;
  #done = 0;
  #deadEnd: DeadEnd | undefined;

  constructor(machine: Machine) {
    const { operations, required } = machine;
    const total = operations.length;
    this.#machine = machine;
    this.#state = machine.initial;
    this.#head = required + total;
    this.#optionalHead = this.#head + 1;
    this.#position = new Float64Array(this.#head);
    for (let i = 0; i < total; i++) this.#position[this.#nodeOf(i)] = operations[i]!.call;
    for (let i = 0; i < required; i++) this.#position[required + i] = operations[i]!.end;
    this.#next = new Int32Array(this.#head + 2);
    this.#previous = new Int32Array(this.#head + 2);
    const nodes = Array.from({ length: 2 * required }, (_, node) => node);
    this.#link(
      this.#head,
      nodes.sort((a, b) => this.#position[a]! - this.#position[b]!),
    );
    const may = Array.from({ length: total - required }, (_, i) => 2 * required + i);
    this.#link(this.#optionalHead, may);
    this.#required = new OperationSet(required);
    this.#optional = new OperationSet(total - required);
    this.#stack = new Int32Array(total);
    this.#stackState = new Int32Array(total);
    this.#stackBound = new Float64Array(total);
  }

  /** Configurations seen so far. */
  get states(): number {
    return this.#memo.size;
  }

  /** Where the search got furthest, once it has failed. */
  get deadEnd(): DeadEnd | undefined {
    return this.#deadEnd;
  }

  /** Whether there is a linearization; undefined when `statesMax` configurations do not tell. */
  run(statesMax: number): boolean | undefined {
    const required = this.#machine.required;
    let node = this.#next[this.#head]!;
    let bound = 0;
    while (this.#done < required) {
      if (this.#isOver(statesMax)) return undefined;
      const isOptional = node >= 2 * required;
      if (!isOptional && node >= required) {
        bound = this.#position[node]!;
        node = this.#next[this.#optionalHead]!;
      } else if (isOptional && (node >= this.#head || this.#position[node]! > bound)) {
        this.#noteDeadEnd();
        const back = this.#backtrack();
        if (back < 0) return false;
        bound = this.#stackBound[this.#depth]!;
        node = this.#next[back]!;
      } else if (this.#take(node, bound)) {
        node = this.#next[this.#head]!;
      } else node = this.#next[node]!;
    }
    return true;
  }

  #isOver(statesMax: number): boolean {
    return (
      this.#memo.size >= statesMax || this.#memo.words > MEMO_WORDS_MAX || this.#machine.isFull
    );
  }

  /** Linearizes the operation of a call, if it may come next and leads to something new. */
  #take(node: number, bound: number): boolean {
    const machine = this.#machine;
    const { required } = machine;
    const isOptional = node >= 2 * required;
    const operation = isOptional ? node - required : node;
    const before = this.#state;
    const after = machine.step(operation, before);
    if (after < 0) return false;
    const afterOptional = this.#depth > 0 && this.#stack[this.#depth - 1]! >= required;
    if (afterOptional && machine.isWrite(operation)) return false;
    if (isOptional) {
      const twin = machine.twins[operation]!;
      if (after === before || (twin >= 0 && !this.#optional.has(twin - required))) return false;
      this.#optional.add(operation - required);
    } else this.#required.add(operation);
    if (!this.#memo.add(this.#required, this.#optional, after)) {
      if (isOptional) this.#optional.remove(operation - required);
      else this.#required.remove(operation);
      return false;
    }
    this.#stack[this.#depth] = operation;
    this.#stackState[this.#depth] = before;
    this.#stackBound[this.#depth] = bound;
    this.#depth++;
    this.#state = after;
    this.#unlink(node);
    if (isOptional) return true;
    this.#unlink(required + node);
    this.#done++;
    return true;
  }

  /** Puts operations back up to one with an alternative; returns its node, or -1 for none. */
  #backtrack(): number {
    const { required } = this.#machine;
    while (this.#depth > 0) {
      const operation = this.#stack[--this.#depth]!;
      this.#state = this.#stackState[this.#depth]!;
      if (operation >= required) {
        this.#optional.remove(operation - required);
        this.#relink(this.#nodeOf(operation));
        return this.#nodeOf(operation);
      }
      this.#required.remove(operation);
      this.#relink(required + operation);
      this.#relink(operation);
      this.#done--;
      if (!this.#machine.isPure(operation)) return operation;
    }
    return -1;
  }

  #noteDeadEnd(): void {
    const best = this.#deadEnd?.linearized ?? -1;
    if (this.#done <= best) return;
    const { operations, required } = this.#machine;
    let node = this.#next[this.#head]!;
    while (node < required) node = this.#next[node]!;
    const tail = this.#stack.subarray(Math.max(0, this.#depth - TAIL_LENGTH), this.#depth);
    this.#deadEnd = {
      blocked: operations[node - required]!,
      linearized: this.#done,
      tail: Array.from(tail, (operation) => operations[operation]!),
      state: this.#state,
    };
  }

  /** The node of the invocation of an operation. */
  #nodeOf(operation: number): number {
    const { required } = this.#machine;
    return operation < required ? operation : operation + required;
  }

  #link(head: number, nodes: readonly number[]): void {
    let last = head;
    for (const node of nodes) {
      this.#next[last] = node;
      this.#previous[node] = last;
      last = node;
    }
    this.#next[last] = head;
    this.#previous[head] = last;
  }

  #unlink(node: number): void {
    const next = this.#next[node]!;
    const previous = this.#previous[node]!;
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  /** Undoes the last unlink that was not undone. */
  #relink(node: number): void {
    this.#next[this.#previous[node]!] = node;
    this.#previous[this.#next[node]!] = node;
  }
}
