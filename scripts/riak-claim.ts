// The scenario of riak_core's claim tests (typical_scenarios_tests): from one node to sixteen, n 4,
// and what its own algorithm moves.

/** Nodes by rack, step by step. */
export const RIAK_STEPS: readonly (readonly number[])[] = [
  [1],
  [2, 2, 2, 2],
  [2, 2, 2, 2, 1],
  [2, 2, 2, 2, 2],
  [2, 2, 2, 2, 2, 1],
  [2, 2, 2, 2, 2, 2],
  [3, 2, 2, 2, 2, 2],
  [3, 3, 2, 2, 2, 2],
  [3, 3, 3, 2, 2, 2],
  [3, 3, 3, 3, 2, 2],
];

/** By number of partitions, those that riak_core moves in each step. */
export const RIAK_MOVES: readonly (readonly [number, readonly number[]])[] = [
  [64, [0, 56, 8, 8, 6, 8, 26, 5, 4, 4]],
  [128, [0, 112, 15, 12, 12, 14, 9, 12, 9, 8]],
  [256, [0, 224, 29, 31, 24, 21, 21, 21, 23, 16]],
  [512, [0, 448, 57, 59, 47, 48, 39, 45, 36, 32]],
  [1024, [0, 896, 114, 119, 94, 85, 78, 87, 79, 64]],
];
