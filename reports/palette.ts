// Colours of engines: an engine has the same colour in every report, on screen and on paper.
//
// Every colour has a contrast of at least 3 to 1 with the background of its theme (WCAG 2.2,
// 1.4.11), and neighbours in the list differ in lightness as well as in hue, for readers who see
// fewer hues.

export interface Colour {
  readonly light: string;
  readonly dark: string;
}

/** Backgrounds that charts are drawn on. */
export const CHART_BACKGROUND: Colour = { light: "#ffffff", dark: "#1b1f24" };

/** Slots; a subject beyond the last one starts again from the first. */
export const PALETTE: readonly Colour[] = [
  { light: "#0b62b5", dark: "#58a6f0" },
  { light: "#d9620a", dark: "#ff9248" },
  { light: "#12876b", dark: "#35c79d" },
  { light: "#7a3fb0", dark: "#bf94f2" },
  { light: "#9a6a00", dark: "#e8bd45" },
  { light: "#c2387f", dark: "#f284b8" },
  { light: "#0d8299", dark: "#4fd0e6" },
  { light: "#6b7178", dark: "#a3abb5" },
  { light: "#a81e2c", dark: "#f4626d" },
  { light: "#5d7a12", dark: "#b3d553" },
  { light: "#34408f", dark: "#8f9cff" },
  { light: "#7b4a2a", dark: "#cf9a72" },
];

/**
 * Colours of events by kind; UNKNOWN_EVENT for any other. They part with the kinds' shapes and with
 * a lane for each kind: colour alone says nothing.
 */
export const EVENT_COLOURS: Readonly<Record<string, Colour>> = {
  flush: { light: "#0a6ebd", dark: "#5bb0f5" },
  compaction: { light: "#a85a00", dark: "#f0a04b" },
  merge: { light: "#7a3fb0", dark: "#c79bf5" },
  snapshot: { light: "#12796a", dark: "#45c9a5" },
  stall: { light: "#c4161c", dark: "#ff7b7b" },
};

/** What an engine of the user's own may call its events. */
export const UNKNOWN_EVENT: Colour = { light: "#59626c", dark: "#9aa4af" };

const HOME_SLOTS: Readonly<Record<string, number>> = {
  hashlog: 0,
  memory: 1,
  lsm: 2,
  leveldb: 3,
  rocksdb: 4,
  lmdb: 5,
  sqlite: 6,
  null: 7,
};

/**
 * Slots of the palette for subjects, in their order. The first subject of a known engine gets the
 * slot of that engine; every other subject gets the first slot that is no engine's home and not
 * taken, then any that is not taken, then again from the first.
 */
export function assignSlots(engines: readonly string[]): number[] {
  const taken = new Set<number>();
  const slots: (number | undefined)[] = engines.map((engine) => {
    const home = Object.hasOwn(HOME_SLOTS, engine) ? HOME_SLOTS[engine] : undefined;
    if (home === undefined || taken.has(home)) return undefined;
    taken.add(home);
    return home;
  });
  const homes = new Set(Object.values(HOME_SLOTS));
  const indexes = PALETTE.map((_, index) => index);
  const spare = [...indexes.filter((i) => !homes.has(i)), ...indexes.filter((i) => homes.has(i))];
  let overflow = 0;
  return slots.map((slot) => {
    if (slot !== undefined) return slot;
    const free = spare.find((index) => !taken.has(index));
    if (free === undefined) return overflow++ % PALETTE.length;
    taken.add(free);
    return free;
  });
}
