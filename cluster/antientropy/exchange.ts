// Two replicas of a partition compare what they hold, and bring each other what they lack.
//
// Steps:
//  1. Find the leaves that differ (tree-search.ts), and the offsets in them (suspects.ts).
//  2. Wait. Most differences are writes on their way.
//  3. Look again, and repair what still differs (key-repair.ts).
//
// What cannot be done now is left: the next exchange finds it again.

import { EngineError } from "../../engines/errors.ts";
import { EndedError } from "./dialogue.ts";
import type { EndReason, ExchangeReport } from "./events.ts";
import { repairAt } from "./key-repair.ts";
import type { Session } from "./session.ts";
import { findSuspects } from "./suspects.ts";
import { differingSpans } from "./tree-search.ts";
import { turnOf } from "./turn.ts";

/** So many suspect offsets are looked at in one exchange. */
const SUSPECTS_MAX = 65_536;

/** @param confirmMs Between the two looks. */
export function exchange(session: Session, confirmMs: number): Promise<ExchangeReport> {
  return reported(session, () => compareAndRepair(session, confirmMs));
}

/** Runs it to its end, whichever that is. */
export async function reported(
  session: Session,
  run: () => Promise<EndReason>,
): Promise<ExchangeReport> {
  let end: EndReason;
  try {
    session.tree();
    end = await run();
  } catch (error) {
    if (error instanceof EndedError) end = error.reason;
    else if (error instanceof EngineError) end = "failed";
    else throw error;
  }
  return session.report(end);
}

async function compareAndRepair(session: Session, confirmMs: number): Promise<EndReason> {
  const { runtime } = session.local;
  const spans = await differingSpans(session);
  if (spans.length === 0) return "equal";
  const suspects: number[] = [];
  await findSuspects(session, spans, async (offsets) => {
    for (const offset of offsets) suspects.push(offset);
    return suspects.length < SUSPECTS_MAX;
  });
  if (suspects.length === 0) return "equal";
  if (!runtime.probes.isPlanted("entropy-unconfirmed")) await turnOf(runtime, confirmMs);
  await repairAt(session, suspects, "both");
  const { keysDiffering, keysFailed } = session.account;
  if (keysFailed > 0 || suspects.length >= SUSPECTS_MAX) return "partly";
  return keysDiffering === 0 ? "equal" : "repaired";
}
