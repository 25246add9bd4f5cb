import { engineTests } from "./engine-tests.ts";

await engineTests("null", ["supports.persistent is false"]);
