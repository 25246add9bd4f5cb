// What a file takes from other modules, and under which of their names.

import type { CallExpression, Node, SourceFile, Statement } from "typescript/unstable/ast";
import { SyntaxKind } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import type { ImportFact } from "./facts.ts";
import { dottedName, lineOf, walk } from "./tree.ts";

const ANY = ["*"];

export function readImports(file: SourceFile): ImportFact[] {
  const found: ImportFact[] = [];
  for (const statement of file.statements) {
    const fact = topLevel(file, statement);
    if (fact !== undefined) found.push(fact);
  }
  walk(file, (node) => {
    const fact = typeImport(file, node) ?? dynamicImport(file, node) ?? moduleUrl(file, node);
    if (fact !== undefined) found.push(fact);
    return undefined;
  });
  return found;
}

function topLevel(file: SourceFile, node: Statement): ImportFact | undefined {
  const line = lineOf(file, node);
  if (is.isImportDeclaration(node) && is.isStringLiteral(node.moduleSpecifier)) {
    const specifier = node.moduleSpecifier.text;
    const clause = node.importClause;
    if (clause === undefined) {
      return { specifier, kind: "static", typeOnly: false, line, names: [] };
    }
    const names = clause.name === undefined ? [] : ["default"];
    const bindings = clause.namedBindings;
    let typeOnly = clause.phaseModifier === SyntaxKind.TypeKeyword;
    if (bindings !== undefined && is.isNamespaceImport(bindings)) {
      names.push(...membersUsed(file, bindings.name.text));
    } else if (bindings !== undefined) {
      for (const e of bindings.elements) names.push((e.propertyName ?? e.name).text);
      const erased = bindings.elements.every((e) => e.isTypeOnly);
      typeOnly ||= bindings.elements.length > 0 && erased && clause.name === undefined;
    }
    return { specifier, kind: "static", typeOnly, line, names };
  }
  if (is.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    if (!is.isStringLiteral(node.moduleSpecifier)) return undefined;
    const clause = node.exportClause;
    const named = clause !== undefined && is.isNamedExports(clause);
    const names = named ? clause.elements.map((e) => (e.propertyName ?? e.name).text) : ANY;
    const { isTypeOnly: typeOnly, moduleSpecifier } = node;
    return { specifier: moduleSpecifier.text, kind: "export", typeOnly, line, names };
  }
  return undefined;
}

/** Members of a namespace import that are used; any of them when it is handed on as a whole. */
function membersUsed(file: SourceFile, namespace: string): readonly string[] {
  const names = new Set<string>();
  walk(file, (node) => {
    if (!is.isIdentifier(node) || node.text !== namespace) return undefined;
    const { parent } = node;
    if (is.isNamespaceImport(parent)) return undefined;
    if (is.isPropertyAccessExpression(parent)) {
      if (parent.expression === node) names.add(parent.name.text);
    } else if (is.isQualifiedName(parent)) {
      if (parent.left === node) names.add(parent.right.text);
    } else names.add("*");
    return undefined;
  });
  return [...names];
}

function typeImport(file: SourceFile, node: Node): ImportFact | undefined {
  if (!is.isImportTypeNode(node) || !is.isLiteralTypeNode(node.argument)) return undefined;
  if (!is.isStringLiteral(node.argument.literal)) return undefined;
  const specifier = node.argument.literal.text;
  let first: Node | undefined = node.qualifier;
  while (first !== undefined && is.isQualifiedName(first)) first = first.left;
  const names = first !== undefined && is.isIdentifier(first) ? [first.text] : [];
  return { specifier, kind: "type", typeOnly: true, line: lineOf(file, node), names };
}

function dynamicImport(file: SourceFile, node: Node): ImportFact | undefined {
  if (!is.isCallExpression(node)) return undefined;
  if (node.expression.kind !== SyntaxKind.ImportKeyword) return undefined;
  const target = node.arguments[0];
  if (target === undefined || !is.isStringLiteral(target)) return undefined;
  const line = lineOf(file, node);
  const names = namesTaken(node) ?? ANY;
  return { specifier: target.text, kind: "dynamic", typeOnly: false, line, names };
}

/** The names that a dynamic import is opened for, where the code around it says so. */
function namesTaken(call: CallExpression): string[] | undefined {
  let at: Node = call;
  while (is.isAwaitExpression(at.parent) || is.isParenthesizedExpression(at.parent)) at = at.parent;
  const { parent } = at;
  if (is.isVariableDeclaration(parent)) return patternNames(parent.name);
  if (!is.isPropertyAccessExpression(parent)) return undefined;
  if (at !== call) return [parent.name.text];
  if (parent.name.text !== "then" || !is.isCallExpression(parent.parent)) return undefined;
  const callback = parent.parent.arguments[0];
  if (callback === undefined || !is.isArrowFunction(callback)) return undefined;
  const parameter = callback.parameters[0];
  if (parameter === undefined) return [];
  if (is.isIdentifier(parameter.name) && is.isPropertyAccessExpression(callback.body)) {
    const { expression, name } = callback.body;
    if (is.isIdentifier(expression) && expression.text === parameter.name.text) return [name.text];
  }
  return patternNames(parameter.name);
}

/** The property names that `{ a, b: c }` takes; undefined for a plain name or a rest element. */
export function patternNames(pattern: Node): string[] | undefined {
  if (!is.isObjectBindingPattern(pattern)) return undefined;
  const names: string[] = [];
  for (const element of pattern.elements) {
    const name = element.propertyName ?? element.name;
    if (name === undefined || !is.isIdentifier(name) || element.dotDotDotToken) return undefined;
    names.push(name.text);
  }
  return names;
}

/** `new URL("./x.ts", import.meta.url)`: how a worker or an asset is named. */
function moduleUrl(file: SourceFile, node: Node): ImportFact | undefined {
  if (!is.isNewExpression(node) || dottedName(node.expression) !== "URL") return undefined;
  let [target, base] = node.arguments ?? [];
  if (target === undefined || base === undefined) return undefined;
  // A module that picks the extension itself names the source first: `c ? "./x.ts" : "./x.js"`.
  if (is.isConditionalExpression(target)) target = target.whenTrue;
  if (!is.isStringLiteral(target) || dottedName(base) !== "import.meta.url") return undefined;
  const line = lineOf(file, node);
  return { specifier: target.text, kind: "url", typeOnly: false, line, names: ANY };
}
