import { describe, expect, test } from "vitest";
import type { NodeNetwork } from "../../../cluster/runtime.ts";
import { LocalNetwork } from "../../../cluster/transport/local.ts";
import { Random } from "../../../workloads/random.ts";

/** Turns that are taken by hand. */
class ManualTurns {
  readonly microtasks: (() => void)[] = [];
  readonly nextTurns: (() => void)[] = [];

  microtask(callback: () => void): void {
    this.microtasks.push(callback);
  }

  nextTurn(callback: () => void): void {
    this.nextTurns.push(callback);
  }

  /** Runs one round, if one is asked for; says whether it was. */
  round(): boolean {
    const round = this.microtasks.shift() ?? this.nextTurns.shift();
    round?.();
    return round !== undefined;
  }

  all(): void {
    while (this.round());
  }
}

const bytes = (...list: number[]): Uint8Array => Uint8Array.from(list);

function pair() {
  const turns = new ManualTurns();
  const network = new LocalNetwork(turns);
  const a = network.networkOf("a");
  const b = network.networkOf("b");
  return { turns, network, a, b };
}

/** What arrives, as "from:first byte". */
function listen(port: NodeNetwork): string[] {
  const heard: string[] = [];
  port.onDatagram((from, datagram) => heard.push(`${from}:${datagram[0]}`));
  return heard;
}

describe("a network in one process", () => {
  test("hands on the same bytes, in the order of the sends, after the call that sent them", () => {
    const { turns, a, b } = pair();
    const heard = listen(b);
    let last: Uint8Array | undefined;
    const datagram = bytes(3);
    a.send("b", bytes(1));
    b.send("b", bytes(2));
    a.send("b", datagram);
    expect(heard).toEqual([]);
    turns.all();
    expect(heard).toEqual(["a:1", "b:2", "a:3"]);
    b.onDatagram((_from, received) => {
      last = received;
    });
    a.send("b", datagram);
    turns.all();
    expect(last).toBe(datagram);
  });

  test("what is sent within a round is delivered in the next one", () => {
    const { turns, a, b } = pair();
    const heard = listen(a);
    b.onDatagram((from, datagram) => b.send(from, datagram));
    a.send("b", bytes(1));
    a.send("b", bytes(2));
    expect(turns.microtasks).toHaveLength(1);
    turns.round();
    expect(heard).toEqual([]);
    expect(turns.microtasks).toHaveLength(1);
    turns.round();
    expect(heard).toEqual(["b:1", "b:2"]);
    expect(turns.round()).toBe(false);
  });

  test("a conversation without end lets the event loop run now and then", () => {
    const { turns, a, b } = pair();
    let delivered = 0;
    const answer = (port: NodeNetwork, to: string) => () => {
      delivered++;
      port.send(to, bytes(1));
    };
    a.onDatagram(answer(a, "b"));
    b.onDatagram(answer(b, "a"));
    for (let i = 0; i < 10; i++) a.send("b", bytes(1));
    let turnsTaken = 0;
    let since = 0;
    let sinceMax = 0;
    for (let i = 0; i < 10_000; i++) {
      const before = delivered;
      const isTurn = turns.microtasks.length === 0;
      expect(turns.microtasks.length + turns.nextTurns.length).toBe(1);
      turns.round();
      if (isTurn) {
        turnsTaken++;
        since = 0;
      }
      since += delivered - before;
      sinceMax = Math.max(sinceMax, since);
    }
    expect(turnsTaken).toBeGreaterThan(50);
    expect(sinceMax).toBeLessThanOrEqual(1024);
  });

  test("unknown nodes, and those without a handler, are no error", () => {
    const { turns, a, b } = pair();
    a.send("nobody", bytes(1));
    expect(turns.microtasks).toHaveLength(0);
    a.send("b", bytes(1));
    turns.all();
    const heard = listen(b);
    a.send("b", bytes(2));
    turns.all();
    expect(heard).toEqual(["a:2"]);
  });

  test("a node that is detached neither sends nor hears, nor does its heir what was for it", () => {
    const { turns, network, a, b } = pair();
    const heard = listen(b);
    const heardByA = listen(a);
    a.send("b", bytes(1));
    b.send("a", bytes(2));
    network.detach("b");
    network.detach("b");
    b.send("a", bytes(3));
    const heir = listen(network.networkOf("b"));
    a.send("b", bytes(4));
    turns.all();
    expect(heard).toEqual([]);
    // Sent before its end: it is on its way.
    expect(heardByA).toEqual(["b:2"]);
    expect(heir).toEqual(["a:4"]);
    expect(() => network.networkOf("b")).toThrow("b is attached already");
  });

  test("a handler that throws takes nothing from the others", () => {
    const { turns, a, b } = pair();
    const heard: number[] = [];
    b.onDatagram((_from, datagram) => {
      if (datagram[0] === 1) throw new Error("broken");
      heard.push(datagram[0]!);
    });
    for (const first of [1, 2, 1, 3]) a.send("b", bytes(first));
    expect(() => turns.round()).toThrow("broken");
    expect(() => turns.round()).toThrow("broken");
    turns.all();
    expect(heard).toEqual([2, 3]);
  });

  test.each([1, 2, 3])("any conversation: all, once, in order (seed %i)", (seed) => {
    const random = new Random(seed);
    const turns = new ManualTurns();
    const network = new LocalNetwork(turns);
    const names = ["a", "b", "c"];
    const ports = names.map((name) => network.networkOf(name));
    const sent = new Map(names.map((name) => [name, [] as string[]]));
    const heard = new Map(names.map((name) => [name, [] as string[]]));
    let number = 0;
    let budget = 20_000;
    const send = (from: number): void => {
      if (budget-- <= 0) return;
      const to = names[random.nextBelow(3)]!;
      const datagram = new Uint8Array(Int32Array.of(++number).buffer);
      sent.get(to)!.push(`${names[from]}:${number}`);
      ports[from]!.send(to, datagram);
    };
    ports.forEach((port, i) => {
      port.onDatagram((from, datagram) => {
        const [value] = new Int32Array(datagram.buffer);
        heard.get(names[i]!)!.push(`${from}:${value}`);
        const answers = random.nextBelow(3);
        for (let k = 0; k < answers; k++) send(i);
      });
    });
    while (budget > 0) {
      const burst = random.nextBelow(700);
      for (let i = 0; i < burst; i++) send(random.nextBelow(3));
      for (let i = random.nextBelow(4); i > 0; i--) turns.round();
    }
    turns.all();
    expect(heard).toEqual(sent);
  });
});
