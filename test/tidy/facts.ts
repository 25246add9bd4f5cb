// What the tidy rules know of a TypeScript file: plain data, read once from the compiler's tree.
//
// Type-only imports carry `typeOnly`: they vanish when Node strips the types, so they may name a
// module that the file must not touch at run time.

import type { Node, SourceFile } from "typescript/unstable/ast";
import { SyntaxKind } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import { createVirtualFileSystem } from "typescript/unstable/fs";
import { API } from "typescript/unstable/sync";
import { readExports } from "./read-exports.ts";
import { readFunctions } from "./read-functions.ts";
import { readImports } from "./read-imports.ts";
import { readNames } from "./read-names.ts";
import { lineOf, walk } from "./tree.ts";

/** `static` and `export` stand at the top; `url` is `new URL("./x.ts", import.meta.url)`. */
export type ImportKind = "static" | "export" | "dynamic" | "url" | "type";

export interface ImportFact {
  readonly specifier: string;
  readonly kind: ImportKind;
  readonly typeOnly: boolean;
  readonly line: number;
  /** Names as the other module exports them; "*" when any of them may be meant. */
  readonly names: readonly string[];
}

export interface ExportFact {
  readonly name: string;
  readonly line: number;
  /** An interface or a type alias. */
  readonly isType: boolean;
  /** Handed on from another module. */
  readonly handedOn: boolean;
  /** Names in the declaration outside of function bodies. */
  readonly mentions: ReadonlySet<string>;
}

export interface FunctionFact {
  /** `Class.method`, the variable that holds it, or `callee()` for a callback. */
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

/** A use of a global or of a member of one: `Date.now`, `setTimeout`, `new Date()`. */
export interface NameFact {
  readonly name: string;
  readonly line: number;
}

/** A construct that is banned wherever it stands. */
export interface SyntaxFact {
  readonly what: "enum" | "namespace" | "default export" | "export *";
  readonly line: number;
}

export interface FileFacts {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly ImportFact[];
  readonly exports: readonly ExportFact[];
  readonly functions: readonly FunctionFact[];
  readonly names: readonly NameFact[];
  readonly syntax: readonly SyntaxFact[];
  /** Every string literal, for packages that are named rather than imported. */
  readonly strings: ReadonlySet<string>;
}

function readSyntax(file: SourceFile): SyntaxFact[] {
  const found: SyntaxFact[] = [];
  const add = (what: SyntaxFact["what"], node: Node) =>
    void found.push({ what, line: lineOf(file, node) });
  walk(file, (node) => {
    if (is.isEnumDeclaration(node)) add("enum", node);
    if (is.isModuleDeclaration(node)) add("namespace", node);
    if (is.isExportAssignment(node)) add("default export", node);
    if (node.kind === SyntaxKind.DefaultKeyword && !is.isDefaultClause(node.parent)) {
      add("default export", node.parent);
    }
    if (is.isExportSpecifier(node) && node.name.text === "default") add("default export", node);
    if (is.isExportDeclaration(node) && !node.exportClause) add("export *", node);
    return undefined;
  });
  return found;
}

function readStrings(file: SourceFile): Set<string> {
  const strings = new Set<string>();
  walk(file, (node) => {
    if (is.isStringLiteral(node) || is.isNoSubstitutionTemplateLiteral(node)) {
      strings.add(node.text);
    }
    return undefined;
  });
  return strings;
}

/** Reads facts of texts by path (relative, with `/`), in the order given. */
export function readFacts(texts: ReadonlyMap<string, string>): FileFacts[] {
  const config = {
    compilerOptions: { noLib: true, noResolve: true, types: [], allowImportingTsExtensions: true },
    include: ["**/*.ts"],
  };
  const files: Record<string, string> = { "/tidy/tsconfig.json": JSON.stringify(config) };
  for (const [path, text] of texts) files[`/tidy/${path}`] = text;
  const api = new API({ cwd: "/tidy", fs: createVirtualFileSystem(files) });
  try {
    const snapshot = api.updateSnapshot({ openProjects: ["/tidy/tsconfig.json"] });
    const program = snapshot.getProject("/tidy/tsconfig.json")?.program;
    return [...texts].map(([path, text]) => {
      const file = program?.getSourceFile(`/tidy/${path}`);
      if (file === undefined) throw new Error(`the compiler did not read ${path}`);
      return {
        path,
        text,
        imports: readImports(file),
        exports: readExports(file),
        functions: readFunctions(file),
        names: readNames(file),
        syntax: readSyntax(file),
        strings: readStrings(file),
      };
    });
  } finally {
    api.close();
  }
}
