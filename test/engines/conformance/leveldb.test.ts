import { engineTests } from "./engine-tests.ts";

await engineTests("leveldb", [
  "supports.durability lacks memory",
  "supports.verifiesReads is false",
  "supports.verify is false",
  "supports.checkpoint is false",
]);
