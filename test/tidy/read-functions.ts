// How long each function is. A function counts with all that it contains, so that a long one
// cannot hide in closures; the callbacks of `describe` are chapters, not functions.

import type { Node, SourceFile } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import type { FunctionFact } from "./facts.ts";
import { dottedName, lineAt, lineOf, walk } from "./tree.ts";

export function readFunctions(file: SourceFile): FunctionFact[] {
  const found: FunctionFact[] = [];
  const seen = new Map<string, number>();
  walk(file, (node) => {
    if (!is.isFunctionLikeDeclaration(node) || !("body" in node) || !node.body) return undefined;
    if (isChapter(node)) return undefined;
    const base = nameOf(node);
    const count = (seen.get(base) ?? 0) + 1;
    seen.set(base, count);
    const line = lineOf(file, node);
    const lines = lineAt(file.text, node.getEnd()) - line + 1;
    found.push({ name: count === 1 ? base : `${base}~${count}`, line, lines });
    return undefined;
  });
  return found;
}

/** The name of what a call calls: `describe` for `describe.skipIf(x)("name", f)`. */
function rootCallee(node: Node): string {
  if (is.isCallExpression(node)) return rootCallee(node.expression);
  if (is.isTaggedTemplateExpression(node)) return rootCallee(node.tag);
  return dottedName(node)?.split(".")[0] ?? "";
}

function isChapter(node: Node): boolean {
  const { parent } = node;
  return is.isCallExpression(parent) && rootCallee(parent.expression) === "describe";
}

function nameOf(node: Node): string {
  const own = ownName(node);
  const { parent } = node;
  if (is.isClassDeclaration(parent) || is.isClassExpression(parent)) {
    return `${parent.name?.text ?? "class"}.${own ?? "constructor"}`;
  }
  if (own !== undefined) return own;
  if (is.isVariableDeclaration(parent) || is.isPropertyAssignment(parent)) {
    return textOf(parent.name);
  }
  if (is.isPropertyDeclaration(parent)) return textOf(parent.name);
  if (is.isCallExpression(parent)) {
    const title = parent.arguments[0];
    const callee = dottedName(parent.expression) ?? rootCallee(parent.expression);
    const named = title !== undefined && is.isStringLiteral(title);
    return named ? `${callee}(${title.text})` : `${callee}()`;
  }
  return "function";
}

function ownName(node: Node): string | undefined {
  const name = "name" in node ? (node.name as Node | undefined) : undefined;
  return name === undefined ? undefined : textOf(name);
}

function textOf(name: Node): string {
  return "text" in name ? String(name.text) : name.getText();
}
