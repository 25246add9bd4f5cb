// What marks a folder as a hash log's.

import type { FolderIdentity } from "../io/folder.ts";

export const HASHLOG_IDENTITY: FolderIdentity = { engine: "hashlog", format: 1 };
