import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { StrayCallError, whileForbidden } from "../../../cluster/simulation/guard.ts";

describe("the guard of virtual time", () => {
  test("a real timer fails the run, even when the code caught the error", async () => {
    const stray = whileForbidden(async () => {
      try {
        setTimeout(() => {}, 1);
      } catch {
        // As a careless product would.
      }
    });
    await expect(stray).rejects.toThrow(StrayCallError);
    await expect(whileForbidden(async () => void setInterval(() => {}, 1))).rejects.toThrow(
      "setInterval was called",
    );
  });

  test("a real file fails the run, also through a name imported before", async () => {
    const stray = whileForbidden(async () => void existsSync("package.json"));
    await expect(stray).rejects.toThrow("existsSync");
  });

  test("everything works again afterwards", async () => {
    await expect(whileForbidden(async () => {})).resolves.toBeUndefined();
    expect(existsSync("package.json")).toBe(true);
    await new Promise((resolve) => {
      setTimeout(resolve, 0);
    });
  });

  test("promises of files and timers are out of reach too", async () => {
    const reading = whileForbidden(async () => void (await readFile("package.json")));
    await expect(reading).rejects.toThrow("readFile was called");
    const waiting = whileForbidden(async () => void (await pause(1)));
    await expect(waiting).rejects.toThrow("setTimeout was called");
  });
});
