// Takes everything of a partition that another node has and this one lacks: how a range moves to a
// node that is about to be its replica, and how a disk that was lost is filled again.
//
// Steps:
//  1. When there is nothing of the partition here, take it page by page, in the order of positions.
//  2. Compare as in an exchange, and take what differs. There is no waiting between two looks:
//     everything has to be here. Nothing is sent there.
//
// Who was interrupted in step 1 begins with step 2, so that nothing need be remembered. When step 2
// came to its end, whatever the other node held when the pull began is held here too.

import { EndedError } from "./dialogue.ts";
import type { EndReason, ExchangeReport } from "./events.ts";
import { reported } from "./exchange.ts";
import { repairAt } from "./key-repair.ts";
import { mergeAll } from "./local.ts";
import { Missing } from "./messages.ts";
import type { Session } from "./session.ts";
import { findSuspects } from "./suspects.ts";
import { differingSpans } from "./tree-search.ts";

export interface PullProgress {
  /** Taken in so far. */
  readonly keys: number;
  /** Sent and received so far, of all kinds. */
  readonly bytes: number;
  /** Of the other node, as it said at the beginning. */
  readonly keysThere: number;
  /** Everything that the other node held at the beginning is here. */
  readonly isDone: boolean;
}

/** It is done when it ends with `equal` or `repaired`. */
export async function pull(
  session: Session,
  onProgress: (progress: PullProgress) => void,
): Promise<ExchangeReport> {
  let keysThere = 0;
  const tell = (isDone: boolean): void => {
    const { keysFetched: keys, treeBytes, dataBytes } = session.account;
    onProgress({ keys, bytes: treeBytes + dataBytes, keysThere, isDone });
  };
  const report = await reported(session, async () => {
    keysThere = (await session.sums(0, [0])).keys;
    if (session.tree().keys === 0) await takeAll(session, () => tell(false));
    return takeDifferences(session, () => tell(false));
  });
  tell(report.end === "equal" || report.end === "repaired");
  return report;
}

async function takeAll(session: Session, tell: () => void): Promise<void> {
  const { account, local, partition } = session;
  for (let start = 0; start < partition.size; ) {
    const page = await session.page(start);
    if (page.end <= start) throw new EndedError("failed");
    const keys: Uint8Array[] = [];
    const sets: Uint8Array[] = [];
    page.found.forEach((it, i) => {
      if (it === Missing.unreadable) account.keysFailed++;
      if (typeof it === "number") return;
      keys.push(page.keys[i]!);
      sets.push(it);
    });
    const failed = await mergeAll(local, keys, sets);
    account.keysFetched += keys.length - failed;
    account.keysFailed += failed;
    start = page.end;
    tell();
  }
}

async function takeDifferences(session: Session, tell: () => void): Promise<EndReason> {
  const { account } = session;
  // What failed before is tried again here, and counts when it fails again.
  account.keysFailed = 0;
  const spans = await differingSpans(session);
  await findSuspects(session, spans, async (offsets) => {
    await repairAt(session, offsets, "fetch-only");
    tell();
    return true;
  });
  if (account.keysFailed > 0) return "partly";
  return account.keysFetched === 0 ? "equal" : "repaired";
}
