// Sets and clocks in the short notation of the published vectors.

import { type DvvSet, Entry, newWithContext } from "../../../cluster/versioning/dvv-set.ts";
import type { Actor, ClockEntry } from "../../../cluster/versioning/vector-clock.ts";
import { isLive, Version, VersionState } from "../../../cluster/versioning/version.ts";

const text = new TextEncoder();
const requests = new Map<string, number>();

/** A value by its text; one text is one request. */
export function version(value: string): Version {
  const number = requests.get(value) ?? requests.size;
  requests.set(value, number);
  return new Version(1, number, VersionState.value, text.encode(value));
}

export function textOf(of: Version): string {
  return new TextDecoder().decode(of.value());
}

/** Actors of the vectors are single names, without epochs. */
export function actor(name: string): Actor {
  return { node: name, epoch: 0 };
}

type EntryNotation = readonly [name: string, counter: number, values: readonly string[]];

/** `{[{a,1,[v1]}],[w]}` is `set([["a", 1, ["v1"]]], ["w"])`. */
export function set(entries: readonly EntryNotation[], anonymous: readonly string[] = []): DvvSet {
  return {
    entries: entries.map(
      ([name, counter, values]) => new Entry(actor(name), counter, values.map(version)),
    ),
    anonymous: anonymous.map(version),
  };
}

/** The inverse, without what is only remembered. */
export function notationOf(of: DvvSet): [EntryNotation[], string[]] {
  const entries = of.entries.map(
    ({ node, counter, slots }): EntryNotation => [node, counter, slots.filter(isLive).map(textOf)],
  );
  return [entries, of.anonymous.map(textOf)];
}

/** A write of the value by somebody who has seen these entries. */
export function written(context: readonly Entry[], value: string): DvvSet {
  return newWithContext(context, version(value));
}

/** Voldemort's notation: (1, 1, 2) is two events of node 1 and one of node 2. */
export function clock(...events: readonly number[]): ClockEntry[] {
  const nodes = [...new Set(events)].sort((a, b) => a - b);
  return nodes.map((node) => ({
    node: String(node),
    epoch: 0,
    counter: events.filter((event) => event === node).length,
  }));
}
