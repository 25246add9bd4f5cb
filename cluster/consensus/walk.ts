// Fills a disk that stands in the place of another, so that the next loss finds all copies again.
// Keys that are asked for meanwhile are recovered first, as they come (acceptor.ts).
//
// Steps:
//  1. The disk makes itself known to all peers. When none knew another, nothing was lost.
//  2. Each peer in turn lists, page by page, the keys that it voted on together with this node.
//  3. Each key of a page that is not here is recovered, durably, before the next page is asked for.
//  4. A peer that was whole from the first page to the last is done, durably: a key that so many
//     such peers would have listed, and that is not here, was never voted on here.
//
// Without `peers` nothing is walked: keys are recovered only when they are asked for, and no disk
// is ever called whole.

import type { NodeId, Runtime } from "../runtime.ts";
import type { Acceptor } from "./acceptor.ts";
import type { Electorate } from "./electorate.ts";
import { keyText } from "./key-text.ts";
import { type ListedMessage, type ListMessage, MessageKind } from "./messages.ts";
import type { Standing } from "./standing.ts";
import type { VoterFile } from "./voter-file.ts";

const STEP_MS = 100;
/** After a walk of all peers that left some undone. */
const REST_MS = 2000;
/** A peer that is asked so often for a page without an answer has to wait. */
const ASKS_MAX = 30;
const NUMBER_BOUND = 2 ** 40;

export interface WalkParts {
  readonly runtime: Runtime;
  readonly file: VoterFile;
  readonly standing: Standing;
  readonly acceptor: Acceptor;
  readonly electorateOf: (key: Uint8Array) => Electorate;
  readonly recover: (text: string, key: Uint8Array) => void;
  readonly peers: () => readonly NodeId[];
  readonly tell: (to: NodeId, message: ListMessage) => void;
  readonly watch: (work: Promise<unknown>) => void;
}

/** How far one peer has listed. */
interface Stage {
  readonly peer: NodeId;
  /** Of the page, however often it is asked for. */
  number: number;
  asks: number;
  after: Uint8Array | undefined;
  /** Of the page that is being worked on. */
  missing: Uint8Array[];
  wasWhole: boolean;
  /** For the page; or for the look at what is missing of it. */
  isWaiting: boolean;
  isLooking: boolean;
}

export class Walk {
  readonly #parts: WalkParts;
  #stage: Stage | undefined;
  /** Peers that are done, or not whole, since the last rest. */
  readonly #seen = new Set<NodeId>();
  #lastNumber: number;
  #cancelTimer: (() => void) | undefined;

  constructor(parts: WalkParts) {
    this.#parts = parts;
    this.#lastNumber = parts.runtime.random.split("walk").nextBelow(NUMBER_BOUND);
  }

  start(): void {
    this.#step();
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#stage = undefined;
  }

  listed(from: NodeId, { number, keys, next, isWhole }: ListedMessage): void {
    const stage = this.#stage;
    if (stage === undefined || stage.peer !== from || stage.number !== number) return;
    if (!stage.isWaiting) return;
    stage.isWaiting = false;
    stage.wasWhole &&= isWhole;
    stage.after = next;
    stage.missing = [...keys];
    this.#lookAgain(stage);
  }

  #step(): void {
    const { file, standing, peers, runtime } = this.#parts;
    const others = peers().filter((node) => node !== runtime.nodeId);
    const isKnown = standing.isKnownTo(others);
    if (isKnown && (!file.isSuccessor || standing.isWhole(others))) return;
    if (file.isSuccessor) this.#walk(others);
    const isResting = this.#stage === undefined;
    const delayMs = isResting && isKnown ? REST_MS : STEP_MS;
    this.#cancelTimer = runtime.timers.after(delayMs, () => this.#step());
  }

  #walk(others: readonly NodeId[]): void {
    if (this.#stage !== undefined) {
      this.#goOn(this.#stage);
      return;
    }
    const { file } = this.#parts;
    const open = others.filter((node) => {
      const peer = file.peer(node);
      return peer?.knowsUs === true && !peer.isWalked;
    });
    const peer = open.find((node) => !this.#seen.has(node));
    // All were seen: after a rest it begins again with those that were not whole.
    if (peer === undefined) {
      this.#seen.clear();
      return;
    }
    const flags = { wasWhole: true, isWaiting: true, isLooking: false };
    this.#stage = { peer, number: 0, asks: 0, after: undefined, missing: [], ...flags };
    this.#nextPage(this.#stage);
  }

  #goOn(stage: Stage): void {
    if (!stage.isWaiting) this.#lookAgain(stage);
    else if (stage.asks < ASKS_MAX) this.#askPage(stage);
    else this.#end(stage);
  }

  #nextPage(stage: Stage): void {
    stage.isWaiting = true;
    stage.number = ++this.#lastNumber;
    stage.asks = 0;
    this.#askPage(stage);
  }

  #askPage(stage: Stage): void {
    stage.asks++;
    const { number, after } = stage;
    this.#parts.tell(stage.peer, { kind: MessageKind.list, number, after });
  }

  #lookAgain(stage: Stage): void {
    if (!stage.isLooking) this.#parts.watch(this.#recoverMissing(stage));
  }

  /** What is still missing is tried again at the next step; a page without goes on to the next. */
  async #recoverMissing(stage: Stage): Promise<void> {
    const { acceptor, electorateOf, recover, file, runtime } = this.#parts;
    stage.isLooking = true;
    const missing: Uint8Array[] = [];
    for (const key of stage.missing) {
      const text = keyText(key);
      // What this node does not vote on by its own plan is carried over when a plan brings it back.
      if (electorateOf(key).indexOf(runtime.nodeId) < 0) continue;
      if (await acceptor.keeps(text, key)) continue;
      missing.push(key);
      recover(text, key);
    }
    stage.isLooking = false;
    stage.missing = missing;
    if (missing.length > 0 || this.#stage !== stage) return;
    if (stage.after !== undefined) {
      this.#nextPage(stage);
      return;
    }
    runtime.probes.mark(stage.wasWhole ? "consensus walked a peer" : "consensus walked a part");
    if (stage.wasWhole) file.learnWalked(stage.peer);
    this.#end(stage);
  }

  #end(stage: Stage): void {
    this.#stage = undefined;
    this.#seen.add(stage.peer);
  }
}
