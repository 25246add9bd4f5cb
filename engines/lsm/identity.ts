import type { FolderIdentity } from "../io/folder.ts";

/** Raise `format` with every change of what is written to disk. */
export const LSM_IDENTITY: FolderIdentity = { engine: "lsm", format: 1 };
