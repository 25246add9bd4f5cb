// What a file gives to other modules.

import type { Node, SourceFile, Statement } from "typescript/unstable/ast";
import { SyntaxKind } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import type { ExportFact } from "./facts.ts";
import { lineOf, walk } from "./tree.ts";

export function readExports(file: SourceFile): ExportFact[] {
  const declared = new Map<string, Statement>();
  for (const statement of file.statements) {
    for (const name of declaredNames(statement)) declared.set(name, statement);
  }
  const found: ExportFact[] = [];
  for (const statement of file.statements) {
    const line = lineOf(file, statement);
    if (is.isExportDeclaration(statement)) {
      const clause = statement.exportClause;
      if (clause === undefined || !is.isNamedExports(clause)) continue;
      const handedOn = statement.moduleSpecifier !== undefined;
      for (const element of clause.elements) {
        const origin = declared.get((element.propertyName ?? element.name).text);
        const mentions = origin === undefined ? new Set<string>() : mentionsOf(origin);
        const isType = origin !== undefined && isTypeStatement(origin);
        found.push({ name: element.name.text, line, isType, handedOn, mentions });
      }
      continue;
    }
    if (!isExported(statement)) continue;
    const mentions = mentionsOf(statement);
    const isType = isTypeStatement(statement);
    for (const name of declaredNames(statement)) {
      // A constant and a type of one name stand for one export.
      if (found.some((e) => e.name === name)) continue;
      found.push({ name, line, isType, handedOn: false, mentions });
    }
  }
  return found;
}

function isTypeStatement(statement: Statement): boolean {
  return is.isInterfaceDeclaration(statement) || is.isTypeAliasDeclaration(statement);
}

function isExported(statement: Statement): boolean {
  const modifiers = "modifiers" in statement ? (statement.modifiers as readonly Node[]) : undefined;
  return modifiers?.some((m) => m.kind === SyntaxKind.ExportKeyword) ?? false;
}

function declaredNames(statement: Statement): string[] {
  if (is.isVariableStatement(statement)) {
    const names: string[] = [];
    for (const declaration of statement.declarationList.declarations) {
      walk(declaration.name, (node) => {
        if (is.isIdentifier(node)) names.push(node.text);
        return undefined;
      });
    }
    return names;
  }
  if (
    is.isFunctionDeclaration(statement) ||
    is.isClassDeclaration(statement) ||
    is.isInterfaceDeclaration(statement) ||
    is.isTypeAliasDeclaration(statement)
  ) {
    return statement.name === undefined ? [] : [statement.name.text];
  }
  return [];
}

function mentionsOf(statement: Statement): Set<string> {
  const names = new Set<string>();
  walk(statement, (node) => {
    if (is.isBlock(node)) return false;
    if (is.isIdentifier(node)) names.add(node.text);
    return undefined;
  });
  return names;
}
