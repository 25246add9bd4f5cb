import { engineTests } from "./engine-tests.ts";

await engineTests("lmdb", [
  "supports.durability lacks memory",
  "supports.verifiesReads is false",
  "supports.verify is false",
  "supports.compact is false",
  "keys are at least 1 bytes",
  "keys are at most 1978 bytes",
]);
