import { engineTests } from "./engine-tests.ts";

await engineTests("rocksdb", [
  "supports.durability lacks memory",
  "supports.verify is false",
  "supports.checkpoint is false",
  "supports.snapshot is false",
  "supports.compact is false",
]);
