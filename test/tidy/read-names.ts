// Which globals a file uses, and which of their members. Types are left out: they vanish.

import type { Node, SourceFile } from "typescript/unstable/ast";
import { SyntaxKind } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import type { NameFact } from "./facts.ts";
import { patternNames } from "./read-imports.ts";
import { dottedName, lineOf, walk } from "./tree.ts";

export function readNames(file: SourceFile): NameFact[] {
  const found: NameFact[] = [];
  const add = (name: string, node: Node) => void found.push({ name, line: lineOf(file, node) });
  walk(file, (node) => {
    if (is.isTypeQueryNode(node) || is.isImportDeclaration(node)) return false;
    if (is.isNewExpression(node) && !node.arguments?.length) {
      const name = dottedName(node.expression);
      if (name === "Date") add("new Date()", node);
    }
    if (is.isCallExpression(node) && dottedName(node.expression) === "Date") add("Date()", node);
    if (is.isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) {
      const target = node.arguments[0];
      if (target === undefined || !is.isStringLiteral(target)) add("import()", node);
    }
    if (is.isVariableDeclaration(node) && node.initializer !== undefined) {
      const name = dottedName(node.initializer);
      const members = name === undefined ? [] : (patternNames(node.name) ?? []);
      for (const member of members) add(`${name}.${member}`.replace(/^globalThis\./, ""), node);
    }
    if (is.isIdentifier(node)) {
      if (isReference(node)) add(node.text, node);
      return undefined;
    }
    const name = dottedName(node);
    if (name === undefined) return undefined;
    add(name, node);
    return false;
  });
  return found;
}

/** False for a name that is declared, or that belongs to something else. */
function isReference(node: Node): boolean {
  const { parent } = node;
  if (is.isShorthandPropertyAssignment(parent)) return true;
  if (is.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (is.isBindingElement(parent)) return parent.initializer === node;
  return !("name" in parent && parent.name === node);
}
