// Bytes and texts of sets and contexts: what is accepted is exactly what is written.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeSet, encodeSet, PolicyTag } from "../../../cluster/versioning/codec.ts";
import {
  type Context,
  contextOf,
  decodeContext,
  encodeContext,
  formatContext,
  parseContext,
} from "../../../cluster/versioning/context.ts";
import { type DvvSet, Entry } from "../../../cluster/versioning/dvv-set.ts";
import { VersioningError } from "../../../cluster/versioning/errors.ts";
import { compareActors } from "../../../cluster/versioning/vector-clock.ts";
import { Version, VersionState } from "../../../cluster/versioning/version.ts";

const number = fc.oneof(fc.nat(200), fc.maxSafeNat());
const positive = number.map((value) => Math.max(1, value));

const version = fc
  .record({
    client: positive,
    number,
    state: fc.constantFrom(...Object.values(VersionState)),
    value: fc.uint8Array({ maxLength: 300 }),
    time: fc.option(fc.tuple(number, number), { nil: [0, 0] as const }),
  })
  .map(({ client, number: request, state, value, time }) => {
    const bytes = state === VersionState.value ? value : new Uint8Array(0);
    const [timeMs, timeCounter] = state === VersionState.superseded ? [0, 0] : time;
    return new Version(client, request, state, bytes, 0, bytes.length, timeMs, timeCounter);
  });

const entry = fc
  .record({
    node: fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
    epoch: number,
    counter: positive,
    slots: fc.array(version, { maxLength: 4 }),
  })
  .map(({ node, epoch, counter, slots }) => {
    return new Entry({ node, epoch }, counter, slots.slice(0, counter));
  });

const set: fc.Arbitrary<DvvSet> = fc
  .uniqueArray(entry, { maxLength: 5, comparator: (a, b) => compareActors(a, b) === 0 })
  .map((entries) => ({ entries: entries.sort(compareActors), anonymous: [] }));

const context: fc.Arbitrary<Context> = fc
  .record({ set, timeMs: number, timeCounter: number })
  .map(({ set: of, timeMs, timeCounter }) => ({ ...contextOf(of), timeMs, timeCounter }));

function comparable(of: DvvSet | Context): unknown {
  return of.entries.map(({ node, epoch, counter, slots }) => ({
    actor: `${node}@${epoch}:${counter}`,
    slots: slots.map((slot) => [
      [slot.client, slot.number, slot.state, slot.timeMs, slot.timeCounter],
      [...slot.value()],
    ]),
  }));
}

/** The result, or the code of the error; any other error is thrown on. */
function attempt<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    if (error instanceof VersioningError) return error.code;
    throw error;
  }
}

interface Mutation {
  readonly at: number;
  readonly byte: number;
  readonly kind: "change" | "cut" | "insert";
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(),
  byte: fc.nat(255),
  kind: fc.constantFrom("change" as const, "cut" as const, "insert" as const),
});

function mutate(bytes: Uint8Array, { at, byte, kind }: Mutation): Uint8Array {
  const place = at % (bytes.length + 1);
  if (kind === "cut") return bytes.slice(0, place);
  const rest = bytes.subarray(kind === "insert" ? place : place + 1);
  return new Uint8Array([...bytes.subarray(0, place), byte, ...rest]);
}

describe("the bytes of a set", () => {
  it("are those of the worked example in codec.ts", () => {
    const hi = new TextEncoder().encode("hi");
    const slots = [
      new Version(7, 12, VersionState.value, hi),
      new Version(7, 11, VersionState.superseded),
    ];
    const example = { entries: [new Entry({ node: "a", epoch: 2 }, 5, slots)], anonymous: [] };
    expect(Buffer.from(encodeSet(example, PolicyTag.dvv)).toString("hex")).toBe(
      "01010161020502" + "01070c026869" + "00070b",
    );
  });

  it("give back the set", () => {
    fc.assert(
      fc.property(set, (of) => {
        const decoded = decodeSet(encodeSet(of, PolicyTag.lww), PolicyTag.lww);
        expect(comparable(decoded)).toEqual(comparable(of));
      }),
      { numRuns: 500 },
    );
  });

  it("take values of any length, and stay as they are when more is written", () => {
    const lengths = [0, 64, 65, 4096, 3_000_000, 100];
    const encoded = lengths.map((length) => {
      const slots = [new Version(1, 1, VersionState.value, new Uint8Array(length).fill(length))];
      const of = { entries: [new Entry({ node: "a", epoch: 1 }, 1, slots)], anonymous: [] };
      return encodeSet(of, PolicyTag.dvv);
    });
    for (const [i, length] of lengths.entries()) {
      const value = decodeSet(encoded[i]!, PolicyTag.dvv).entries[0]!.slots[0]!.value();
      expect(value).toEqual(new Uint8Array(length).fill(length));
    }
  });

  it("are refused, or are exactly those of what they are taken for", () => {
    const check = (bytes: Uint8Array) => {
      const decoded = attempt(() => decodeSet(bytes, PolicyTag.dvv));
      if (typeof decoded === "string") expect(decoded).toBe("VERSION_STATE");
      else expect(Buffer.compare(encodeSet(decoded, PolicyTag.dvv), bytes)).toBe(0);
    };
    fc.assert(
      fc.property(set, mutation, (of, change) => check(mutate(encodeSet(of, 1), change))),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        check(bytes);
        check(new Uint8Array([1, ...bytes]));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["actors out of order", [2, 1, 0x62, 1, 1, 0, 1, 0x61, 1, 1, 0]],
    ["an actor twice", [2, 1, 0x61, 1, 1, 0, 1, 0x61, 1, 1, 0]],
    ["an actor of whom nothing is known", [1, 1, 0x61, 1, 0, 0]],
    ["more events than are counted", [1, 1, 0x61, 1, 1, 2, 0, 7, 1, 0, 7, 2]],
    ["a number that is longer than it must be", [1, 1, 0x61, 0x81, 0x00, 1, 0]],
    ["an empty name", [1, 0, 1, 1, 0]],
    ["a name with a character that it may not have", [1, 1, 0x40, 1, 1, 0]],
    ["client 0", [1, 1, 0x61, 1, 1, 1, 0, 0, 1]],
    ["flags that do not exist", [1, 1, 0x61, 1, 1, 1, 8, 7, 1]],
  ])("are refused with %s", (_what, body) => {
    const bytes = new Uint8Array([PolicyTag.dvv, ...body]);
    expect(attempt(() => decodeSet(bytes, PolicyTag.dvv))).toBe("VERSION_STATE");
  });

  it("are refused without a wait when they claim more than there is", () => {
    const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
    const claims = [huge, [1, 1, 0x61, 1, ...huge, ...huge], [1, ...huge], []];
    for (const claim of claims) {
      const decoded = attempt(() => decodeSet(new Uint8Array([1, ...claim]), PolicyTag.dvv));
      expect(decoded).toBe("VERSION_STATE");
    }
  });
});

describe("contexts", () => {
  it("go to bytes and back, and to text and back", () => {
    fc.assert(
      fc.property(context, (of) => {
        for (const back of [decodeContext(encodeContext(of)), parseContext(formatContext(of))]) {
          expect(comparable(back)).toEqual(comparable(of));
          expect([back.timeMs, back.timeCounter]).toEqual([of.timeMs, of.timeCounter]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each(["{}", "{a@2:5,b@1:3}", "{a@2:5[7#12,7#11],b@1:3}", "{a@0:1}~1700000000000.3"])(
    "%s is read as it is written",
    (text) => {
      expect(formatContext(parseContext(text))).toBe(text);
    },
  );

  it.each([
    "",
    "{",
    "{a@2:5,}",
    "{a@2:5}}",
    "{a@2:05}",
    "{a@2:0}",
    "{a@2:-1}",
    "{a@2}",
    "{b@1:3,a@2:5}",
    "{a@2:5,a@2:6}",
    "{a@2:1[1#1,1#2]}",
    "{a@2:1[0#1]}",
    "{a@2:1[]}",
    "{a@9007199254740992:1}",
    "{ä@1:1}",
    "{a@1:1}~5",
    " {}",
    "null",
  ])("%j is refused", (text) => {
    expect(attempt(() => parseContext(text))).toBe("VERSION_CONTEXT");
  });

  it("that were changed in any byte are refused", () => {
    fc.assert(
      fc.property(context, mutation, (of, change) => {
        const bytes = encodeContext(of);
        const changed = mutate(bytes, change);
        if (Buffer.compare(changed, bytes) === 0) return;
        expect(attempt(() => decodeContext(changed))).toBe("VERSION_CONTEXT");
      }),
      { numRuns: 2000 },
    );
  });

  it("that are any bytes are refused, and any text that nothing is written as", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.string(), (bytes, text) => {
        expect(attempt(() => decodeContext(bytes))).toBe("VERSION_CONTEXT");
        expect(attempt(() => decodeContext(new Uint8Array([0xc1, ...bytes])))).toBe(
          "VERSION_CONTEXT",
        );
        const parsed = attempt(() => parseContext(`{${text}`));
        if (typeof parsed === "string") expect(parsed).toBe("VERSION_CONTEXT");
        else expect(formatContext(parsed)).toBe(`{${text}`);
      }),
      { numRuns: 2000 },
    );
  });

  it("hold no values: a set's bytes behind a sound checksum are refused", () => {
    const slots = [new Version(1, 1, VersionState.value, new Uint8Array(3))];
    const entries = [new Entry({ node: "a", epoch: 1 }, 1, slots)];
    const bytes = encodeContext({ entries, timeMs: 0, timeCounter: 0 });
    expect(attempt(() => decodeContext(bytes))).toBe("VERSION_CONTEXT");
  });
});
