/** The sources of the canvas as the tests of its shape read them: files and what they import. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import ts from "typescript";

const ROOT = fileURLToPath(new URL("../src", import.meta.url));

export interface Source {
  /** Path in `src`, as in `model/types.ts`. */
  readonly path: string;
  readonly tree: ts.SourceFile;
}

export interface Import {
  /** Path in `src` without its ending, or the name of a package. */
  readonly to: string;
  readonly isOurs: boolean;
  /** Gone once the types are checked. */
  readonly isType: boolean;
}

export function sources(): readonly Source[] {
  const paths = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter((path) => /\.tsx?$/.test(path));
  return paths.map((path) => ({
    path,
    tree: ts.createSourceFile(path, readFileSync(join(ROOT, path), "utf8"), ts.ScriptTarget.Latest, true, path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS),
  }));
}

export function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

/** What a file needs before it can run; what is fetched later by `import()` is left out. */
export function importsOf({ path, tree }: Source): readonly Import[] {
  return tree.statements.flatMap((statement): Import[] => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const from = statement.moduleSpecifier;
    if (from === undefined || !ts.isStringLiteral(from)) return [];
    const isType = ts.isImportDeclaration(statement) ? isTypeOnly(statement.importClause) : statement.isTypeOnly;
    const ours = inSources(path, from.text);
    return [{ to: ours ?? from.text, isOurs: ours !== null, isType }];
  });
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  const names = clause.namedBindings;
  return clause.isTypeOnly || (clause.name === undefined && names !== undefined && ts.isNamedImports(names) && names.elements.every((element) => element.isTypeOnly));
}

function inSources(path: string, to: string): string | null {
  const found = to.startsWith("@/") ? to.slice(2) : to.startsWith(".") ? relative(ROOT, join(ROOT, dirname(path), to)) : null;
  return found === null ? null : found.replace(/\.tsx?$/, "");
}
