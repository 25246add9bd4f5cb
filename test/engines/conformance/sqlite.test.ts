import { engineTests } from "./engine-tests.ts";

await engineTests("sqlite", [
  "supports.durability lacks memory",
  "supports.verify is false",
  "supports.verifiesReads is false",
]);
