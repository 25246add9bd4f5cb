// Small helpers over the compiler's tree.

import type { Node, SourceFile } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";

/** Calls `visit` for the node and all below it, in order; a visit that returns false stays out. */
export function walk(node: Node, visit: (node: Node) => boolean | undefined): void {
  if (visit(node) === false) return;
  node.forEachChild((child) => {
    walk(child, visit);
    return undefined;
  });
}

/** 1-based line of a position in the text. */
export function lineAt(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < position; at = text.indexOf("\n", at + 1)) {
    line++;
  }
  return line;
}

/** 1-based line on which the node begins, comments before it left out. */
export function lineOf(file: SourceFile, node: Node): number {
  return lineAt(file.text, node.getStart(file));
}

/** `a.b.c` for a chain of plain names, `a["b"]` included; undefined for anything else. */
export function dottedName(node: Node): string | undefined {
  if (is.isIdentifier(node)) return node.text;
  if (is.isMetaProperty(node)) return `import.${node.name.text}`;
  if (is.isPropertyAccessExpression(node)) return join(node.expression, node.name.text);
  if (is.isElementAccessExpression(node) && is.isStringLiteral(node.argumentExpression)) {
    return join(node.expression, node.argumentExpression.text);
  }
  return undefined;
}

function join(left: Node, right: string): string | undefined {
  const prefix = dottedName(left);
  if (prefix === undefined) return undefined;
  return prefix === "globalThis" ? right : `${prefix}.${right}`;
}
