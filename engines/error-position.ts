// Where in a module of the user's own a mistake is, from what Node says of it.
//
// Steps:
//  1. Where Node says the place of what does not compile or link, it stands before the error:
//     `file:///mine.ts:2`, the line, perhaps with those before it, and a caret under the column.
//  2. Of what was thrown, it is the first frame that is not of Node itself.

import path from "node:path";
import { fileURLToPath } from "node:url";

/** What called the module, from here on in a stack, is no mistake of the module. */
const OWN_FOLDER = path.dirname(fileURLToPath(import.meta.url)) + path.sep;

/** `file:line:column`, from 1; undefined when the error does not say. */
export function positionOf(error: unknown): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  return positionBefore(stack) ?? positionInFrames(stack);
}

function positionBefore(text: string): string | undefined {
  const start = /^(file:\/\/.+|\/.+|[A-Za-z]:\\.+):(\d+)\n(?:.*\n){1,3}?([ \t]*)\^/;
  const [, file, line, indent] = start.exec(text) ?? [];
  return file === undefined ? undefined : `${pathOf(file)}:${line}:${indent!.length + 1}`;
}

function positionInFrames(stack: string): string | undefined {
  const frame = /^\s+at (?:.* \()?(file:\/\/.+|\/.+|[A-Za-z]:\\.+):(\d+):(\d+)\)?$/;
  for (const text of stack.split("\n")) {
    const [, file, line, column] = frame.exec(text) ?? [];
    if (file === undefined) continue;
    const found = pathOf(file);
    return found.startsWith(OWN_FOLDER) ? undefined : `${found}:${line}:${column}`;
  }
  return undefined;
}

function pathOf(file: string): string {
  return file.startsWith("file:") ? fileURLToPath(file) : file;
}
