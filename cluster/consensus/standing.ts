// Whether this disk may vote. A disk that was lost takes promises and accepted states with it, so
// that the new one in its place must not vote as if nothing had been. Each disk has a number
// (voter-file.ts), and every vote says on which disks the voter believes all voters to be: the
// roll. A quorum has one roll. (After the crash-consistent quorums of Michael, Ports, Sharma and
// Szekeres, "Recovering Shared Objects Without Stable Storage", DISC 2017.)
//
// Invariants, for a key and its voters:
//  I1. A disk votes only when every other voter has it in its file, in the place of any disk that
//      the node had before.
//  I2. A disk that stands in the place of another votes on a key only when it holds a record of it
//      that covers all that the lost disks promised and accepted in quorums, or when there is none.
//  I3. A disk that was replaced in a file never comes back into it.
//
// I1 is reached in two round trips with each peer, "hello" - "challenge" - "join" - "welcome". A
// message of an earlier life may arrive at any time, but nobody is left to answer its challenge,
// and the challenge of the next life makes it worthless; so I3 holds. Whoever is welcomed learns
// which disk the other has. So by I1 a voter knows of each other voter the disk that votes now.
//
// Why a quorum of one roll is safe. Let state s be accepted under ballot b by a quorum Q of one
// roll, and let ballot c > b rest on promises of a quorum P of one roll. Some voter X is in both.
// With one disk, it accepted before it promised, since it accepts nothing below a promise, and its
// promise tells. With two, one is later, and it holds a record (I2) that came
//   from recovery.ts: from so many voters with the same roll, hence aware of the later disk, that
//      one of them, Y, is in Q (or P) as well. If Y's vote there was before what it told, then the
//      record covers it: the promise of the later disk tells of s, or it promised c and refuses b.
//      If it was after, then its roll had the later disk of X, and not the one of the quorum.
//      And if Y lost its own disk between: the later disk of Y holds the same by I2, and an
//      earlier one was gone before the disk of Y that voted with the earlier disk of X was made;
//      that one was welcomed by the later disk of X, and knows it.
//   from nothing: nobody knew an earlier disk of X, so there was no vote of one (I1), or every
//      other voter lost its disk as well: then nothing is left that could tell; or
//   from walk.ts: so many others that had lost nothing listed their keys, and did not list this.
// Hence s is seen by c, and by induction by all later ballots, as in Paxos. A quorum that peeks,
// all at one accepted ballot b with nothing above it promised, shows in the same way that b was
// accepted by a quorum, and that nothing above b was when the first of them was asked: so a get
// that answers with the state of b misses nothing that was done before it began.
//
// What it costs: a new disk waits until every other voter was up once; with a majority of the disks
// lost, keys that were voted on stay unavailable. A voter that is alone has nobody to remember it:
// its loss looks like a first start, and so does the loss of all disks at once. Disks that were
// lost at the same time never count as whole for each other: they vote, but a disk that is lost
// later needs more of the other voters for keys that are new to it.

import type { NodeId, RandomStream, Runtime } from "../runtime.ts";
import type { DiskRegister, Electorate } from "./electorate.ts";
import { type JoinMessage, MessageKind } from "./messages.ts";
import type { VoterFile } from "./voter-file.ts";

const HELLO_EVERY_MS = 200;
const NONCE_BOUND = 2 ** 48;

interface Challenge {
  readonly disk: number;
  readonly nonce: number;
}

export interface StandingParts {
  readonly runtime: Runtime;
  readonly file: VoterFile;
  readonly tell: (to: NodeId, message: JoinMessage) => void;
}

export class Standing implements DiskRegister {
  readonly #parts: StandingParts;
  readonly #random: RandomStream;
  /** The challenge that a node has to answer; a later one replaces it. */
  readonly #challenges = new Map<NodeId, Challenge>();
  /** Whom this disk is to become known to. */
  readonly #wanted = new Set<NodeId>();
  #cancelTimer: (() => void) | undefined;

  constructor(parts: StandingParts) {
    this.#parts = parts;
    this.#random = parts.runtime.random.split("standing");
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#wanted.clear();
  }

  diskOf(node: NodeId): number {
    const { file } = this.#parts;
    return node === file.node ? file.disk : (file.peer(node)?.disk ?? 0);
  }

  /** I1; when it is not so yet, this sees to it. */
  isKnownTo(nodes: readonly NodeId[]): boolean {
    const { file } = this.#parts;
    let isKnown = file.isSound;
    for (const node of nodes) {
      if (node === file.node || file.peer(node)?.knowsUs === true) continue;
      isKnown = false;
      this.#introduce(node);
    }
    return isKnown;
  }

  /** I2: whether a key of which there is no record is one on which this node never voted. */
  trustsAbsence(electorate: Electorate): boolean {
    const { file, runtime } = this.#parts;
    if (!file.isSuccessor || runtime.probes.isPlanted("consensus-amnesia-votes")) return true;
    let walked = 0;
    for (const [i, node] of electorate.members.entries()) {
      if (file.peer(node)?.isWalked === true) walked |= 1 << i;
    }
    return electorate.outlasts(walked, electorate.indexOf(file.node));
  }

  /** Whether this disk lacks nothing that the node ever voted on together with these. */
  isWhole(peers: readonly NodeId[]): boolean {
    const { file } = this.#parts;
    for (const node of peers) {
      if (node === file.node) continue;
      const peer = file.peer(node);
      if (peer?.knowsUs !== true || (file.isSuccessor && !peer.isWalked)) return false;
    }
    return file.isSound;
  }

  /** Throws EngineError when what was learned cannot be kept. */
  receive(from: NodeId, message: JoinMessage): void {
    const { file, runtime, tell } = this.#parts;
    if (from === file.node || !file.isSound) return;
    const { disk } = message;
    switch (message.kind) {
      case MessageKind.hello: {
        if (file.peer(from)?.disk === disk) {
          this.#welcome(from);
          return;
        }
        const nonce = this.#random.nextBelow(NONCE_BOUND);
        this.#challenges.set(from, { disk, nonce });
        tell(from, { kind: MessageKind.challenge, disk, nonce });
        return;
      }
      case MessageKind.challenge:
        // I3: of an earlier life of this node, which cannot answer any more.
        if (disk !== file.disk) {
          runtime.probes.mark("consensus late challenge");
          return;
        }
        tell(from, { kind: MessageKind.join, disk, nonce: message.nonce });
        return;
      case MessageKind.join: {
        if (file.peer(from)?.disk === disk) {
          this.#welcome(from);
          return;
        }
        const challenge = this.#challenges.get(from);
        if (challenge?.disk !== disk || challenge.nonce !== message.nonce) return;
        this.#challenges.delete(from);
        if (file.learnDisk(from, disk)) this.#welcome(from);
        return;
      }
      case MessageKind.welcome:
        if (disk !== file.disk || file.peer(from)?.knowsUs === true) return;
        runtime.probes.mark(
          message.isSuccessor ? "consensus disk after another" : "consensus disk is the first",
        );
        if (file.learnWelcome(from, message.own, message.isSuccessor)) this.#wanted.delete(from);
    }
  }

  #welcome(to: NodeId): void {
    const { file, tell } = this.#parts;
    const { disk, hadAnother } = file.peer(to)!;
    tell(to, { kind: MessageKind.welcome, disk, own: file.disk, isSuccessor: hadAnother });
  }

  #introduce(node: NodeId): void {
    if (this.#wanted.has(node)) return;
    this.#wanted.add(node);
    this.#hello(node);
    if (this.#cancelTimer === undefined) this.#await();
  }

  #hello(node: NodeId): void {
    this.#parts.tell(node, { kind: MessageKind.hello, disk: this.#parts.file.disk });
  }

  #await(): void {
    this.#cancelTimer = this.#parts.runtime.timers.after(HELLO_EVERY_MS, () => {
      this.#cancelTimer = undefined;
      if (this.#wanted.size === 0) return;
      for (const node of this.#wanted) this.#hello(node);
      this.#await();
    });
  }
}
