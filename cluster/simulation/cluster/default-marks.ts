// The paths of the product that the default scenario must take, each in some seed of 200: all that
// the code of requests, hints and versions marks, and the rare paths that it has sites for.

export const MARKS: readonly string[] = [
  "a datagram was no message",
  "a hand-back met a failing store",
  "a hint could not be kept",
  "a hint was handed back",
  "a hint was kept",
  "a key took an epoch",
  "a late answer differed",
  "a node stood in for a primary",
  "a read repaired a replica",
  "a read waited for its repair",
  "a read was hedged",
  "a replica had forgotten its own events",
  "a retry met its own write",
  "a scan went around a node",
  "a silent replica was passed over",
  "buggify a replica fails a read",
  "buggify a replica says that it is overloaded",
  "buggify an epoch ends early",
  "digests differed",
];
