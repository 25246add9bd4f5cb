import { engineTests } from "./engine-tests.ts";

await engineTests("lsm", []);
