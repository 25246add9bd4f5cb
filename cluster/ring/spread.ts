// Placing the slots of a circle from nothing.
//
//  1. Each node gets its lower count; what is left goes, one by one, to the rack that has least.
//  2. The ring is cut into floor(size / window) blocks of nearly equal length. Cells are visited
//     first slots of all blocks, then second slots, and so on; racks fill them one after the other,
//     the fullest first. A rack that fits once into every block is then never twice in a window,
//     and a rack that does not fit could not be placed without a violation at all. Mixed, the racks
//     that do not fill every block share the cells that are left in turn, which leaves more room
//     where racks are so small that their nodes come around too soon.
//  3. The slots of a rack go to its nodes in turn, in proportion to their counts.

import { type CircleShape, NOBODY } from "./circle.ts";

/** An owner for each slot. The counts are within the bounds of the shape. */
export function spreadAfresh(shape: CircleShape, mixed: boolean): Int32Array {
  const size = shape.homes.length;
  const counts = chooseCounts(shape);
  const nodesOfRack = new Map<number, number[]>();
  shape.racks.forEach((rack, node) => {
    const nodes = nodesOfRack.get(rack);
    if (nodes === undefined) nodesOfRack.set(rack, [node]);
    else nodes.push(node);
  });
  const totals = new Map<number, number>();
  for (const [rack, nodes] of nodesOfRack) {
    totals.set(
      rack,
      nodes.reduce((sum, node) => sum + counts[node]!, 0),
    );
  }
  const racks = [...totals.keys()].sort((x, y) => totals.get(y)! - totals.get(x)! || x - y);
  const window = Math.max(1, Math.min(shape.rackWindow, size));
  const blocks = Math.max(1, Math.floor(size / window));
  const cells = cellsInOrder(size, blocks);
  const whole = mixed ? racks.filter((rack) => totals.get(rack)! >= blocks).length : racks.length;
  const rackOfSlot = new Int32Array(size);
  let next = 0;
  for (const rack of racks.slice(0, whole)) {
    for (let i = totals.get(rack)!; i > 0; i--) rackOfSlot[cells[next++]!] = rack;
  }
  const left = cells.slice(next).sort();
  const sharing = racks.slice(whole);
  dealInTurn(left, sharing, (rack) => totals.get(rack)!, rackOfSlot);
  const owners = new Int32Array(size).fill(NOBODY);
  for (const [rack, nodes] of nodesOfRack) {
    const slots = cells.filter((slot) => rackOfSlot[slot] === rack).sort();
    dealInTurn(slots, nodes, (node) => counts[node]!, owners);
  }
  return owners;
}

/** Step 1. */
function chooseCounts({ racks, lows, highs, homes }: CircleShape): Int32Array {
  const counts = lows.slice();
  const totals = new Map<number, number>();
  racks.forEach((rack, node) => {
    totals.set(rack, (totals.get(rack) ?? 0) + counts[node]!);
  });
  let left = homes.length - counts.reduce((sum, count) => sum + count, 0);
  for (; left > 0; left--) {
    let best = NOBODY;
    for (let node = 0; node < counts.length; node++) {
      if (counts[node]! >= highs[node]!) continue;
      if (best === NOBODY || totals.get(racks[node]!)! < totals.get(racks[best]!)!) best = node;
    }
    counts[best] = counts[best]! + 1;
    totals.set(racks[best]!, totals.get(racks[best]!)! + 1);
  }
  return counts;
}

/** Step 2: all slots, in the order in which racks fill them. */
function cellsInOrder(size: number, blocks: number): Int32Array {
  const cells = new Int32Array(size);
  const startOf = (block: number) => Math.floor((block * size) / blocks);
  let next = 0;
  for (let offset = 0; next < size; offset++) {
    for (let block = 0; block < blocks; block++) {
      const slot = startOf(block) + offset;
      if (slot < startOf(block + 1)) cells[next++] = slot;
    }
  }
  return cells;
}

/** Gives each slot to the taker furthest behind its share; `dueOf` adds up to all slots. */
function dealInTurn(
  slots: Int32Array,
  takers: readonly number[],
  dueOf: (taker: number) => number,
  result: Int32Array,
): void {
  const given = new Int32Array(takers.length);
  const due = takers.map(dueOf);
  for (let turn = 0; turn < slots.length; turn++) {
    let best = 0;
    let bestLag = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < takers.length; i++) {
      const lag = ((turn + 1) * due[i]!) / slots.length - given[i]!;
      if (given[i]! < due[i]! && lag > bestLag) {
        best = i;
        bestLag = lag;
      }
    }
    given[best]!++;
    result[slots[turn]!] = takers[best]!;
  }
}
