import { engineTests } from "./engine-tests.ts";

await engineTests("hashlog", []);
