import type { Finding } from "../diagnostic.ts";
import { lineOf, type Sources } from "../sources.ts";
import { ambientSource } from "../syntax/ambient.ts";
import { handleTested } from "../syntax/condition.ts";
import { definitionFunctions } from "../syntax/definition-functions.ts";
import { walkDefinition } from "../syntax/definition-walk.ts";
import { type Node, nameOf } from "../syntax/node.ts";
import type { SourceFile } from "../syntax/source-file.ts";
import { syncUses } from "../syntax/sync-uses.ts";

/**
 * GP401, GP402 and GP403: what is in the sources of a case's definition.
 *
 * @param positions where its stages are declared.
 */
export function inSources(sources: Sources, positions: readonly string[]): readonly Finding[] {
  const lines = new Map<string, number[]>();
  for (const position of positions) {
    const place = lineOf(position);
    if (place === undefined) continue;
    lines.set(place.path, [...(lines.get(place.path) ?? []), place.line]);
  }
  return [...lines].flatMap(([path, own]) => {
    const file = sources.file(path);
    return file === undefined ? [] : inFile(file, own);
  });
}

function inFile(file: SourceFile, lines: readonly number[]): readonly Finding[] {
  const findings: Finding[] = [];
  const bodies: Node[] = [];
  for (const definition of definitionFunctions(file, lines)) {
    walkDefinition(file, definition, {
      body: (node) => void bodies.push(node),
      sync: (node, names) => {
        const ambient = ambientSource(node);
        if (ambient !== undefined) findings.push(ambientFinding(file, node, ambient));
        const tested = handleTested(node, names);
        if (tested !== undefined) findings.push(conditionFinding(file, tested));
      },
    });
  }
  return [...once(findings), ...syncFinding(file, syncUses(file, bodies))];
}

/** A fragment is come by on its own, and where it is called. */
function once(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((each) => [`${each.code} ${each.source}`, each])).values()];
}

function ambientFinding(file: SourceFile, node: Node, what: string): Finding {
  const text = `${what} in the definition may differ from instance to instance, and all must declare the same stages; make it a parameter, or use it in a body`;
  return { code: "GP402", level: "error", source: positionOf(file, node), text };
}

function conditionFinding(file: SourceFile, node: Node): Finding {
  const name = nameOf(node) ?? "what a stage returns";
  const text = `${name} stands for a value that is not there yet, so that this always decides alike; use branch() or repeat()`;
  return { code: "GP403", level: "error", source: positionOf(file, node), text };
}

function syncFinding(file: SourceFile, uses: readonly Node[]): readonly Finding[] {
  const [first] = uses;
  if (first === undefined) return [];
  const n = uses.length === 1 ? "once" : `${uses.length} times`;
  const text = `me.sync is used ${n} here: what is coordinated with it is outside the guarantees of the choreography; use a stage where one does it`;
  return [{ code: "GP401", level: "warning", source: positionOf(file, first), text }];
}

function positionOf({ path }: SourceFile, { loc }: Node): string {
  return `${path}:${loc.start.line}:${loc.start.column + 1}`;
}
