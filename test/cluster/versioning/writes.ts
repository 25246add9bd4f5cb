// Writes and readings of a policy in one line.

import { expect } from "vitest";
import type { Context } from "../../../cluster/versioning/context.ts";
import type { DvvSet } from "../../../cluster/versioning/dvv-set.ts";
import type { ConflictPolicy } from "../../../cluster/versioning/policy.ts";
import { textOf } from "./notation.ts";

const text = new TextEncoder();

export interface Put {
  readonly value?: string;
  readonly context?: Context;
  readonly by: string;
  readonly number: number;
  readonly client?: number;
  readonly nowWallMs?: number;
}

export function put(policy: ConflictPolicy, stored: DvvSet | undefined, options: Put): DvvSet {
  const result = policy.update(stored, {
    ...(options.value === undefined ? {} : { value: text.encode(options.value) }),
    ...(options.context === undefined ? {} : { context: options.context }),
    request: { client: options.client ?? 1, number: options.number },
    actor: { node: options.by, epoch: 1 },
    nowWallMs: options.nowWallMs ?? 1000,
  });
  if (result.outcome === "refused") throw new Error("refused");
  expect(result.siblings).toBe(policy.siblingCount(result.set));
  return result.set;
}

export function textsOf(policy: ConflictPolicy, set: DvvSet): string[] {
  return policy.read(set).siblings.map(textOf).sort();
}
