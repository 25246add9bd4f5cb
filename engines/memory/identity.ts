// What marks a folder as a memory engine's.

import type { FolderIdentity } from "../io/folder.ts";

export const MEMORY_IDENTITY: FolderIdentity = { engine: "memory", format: 1 };
