interface Line {
  readonly depth: number;
  readonly name: string;
  /** `"barrier"`, `"run at peer"`. */
  readonly what: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Where another instance's plan first differs from one's own, both as `shapeOf` gives them, or
 * undefined if they are the same: `"first difference at stage 7 'dial' (barrier, here run at peer)"`.
 * Stages count from 1, those inside others included.
 */
export function firstDifference(mine: string, theirs: string): string | undefined {
  const [here, there] = [parts(mine), parts(theirs)];
  const role = firstUnlike(here.roles, there.roles);
  if (role >= 0) {
    return `first difference at role ${role + 1}${unlike(here.roles[role], there.roles[role])}`;
  }
  const stage = firstUnlike(here.stages, there.stages);
  if (stage < 0) return undefined;
  return `first difference at stage ${stage + 1}${unlike(here.stages[stage], there.stages[stage])}`;
}

function parts(shape: string): { readonly roles: string[]; readonly stages: string[] } {
  const lines = shape === "" ? [] : shape.split("\n");
  const roles = lines.filter((text) => text.startsWith("@"));
  return { roles, stages: lines.slice(roles.length) };
}

function firstUnlike(mine: readonly string[], theirs: readonly string[]): number {
  const length = Math.max(mine.length, theirs.length);
  return Array.from({ length }).findIndex((_, index) => mine[index] !== theirs[index]);
}

function unlike(mine: string | undefined, theirs: string | undefined): string {
  const here = mine === undefined ? undefined : parsed(mine);
  const there = theirs === undefined ? undefined : parsed(theirs);
  if (here === undefined || there === undefined || here.name !== there.name) {
    return `: ${titled(there)}, here ${titled(here)}`;
  }
  return ` '${here.name}' (${contrast(here, there)})`;
}

function titled(found: Line | undefined): string {
  return found === undefined ? "nothing" : `'${found.name}' (${found.what})`;
}

function contrast(here: Line, there: Line): string {
  if (here.what !== there.what) return `${there.what}, here ${here.what}`;
  if (here.depth !== there.depth) return `${nested(there)}, here ${nested(here)}`;
  const fields = new Set([...Object.keys(there.fields), ...Object.keys(here.fields)]);
  for (const field of fields) {
    const [theirs, mine] = [shown(there.fields[field]), shown(here.fields[field])];
    if (theirs !== mine) return `${there.what} with ${field} ${theirs}, here ${mine}`;
  }
  return there.what;
}

function nested(found: Line): string {
  return found.depth === 0 ? `${found.what} on its own` : `${found.what} inside another stage`;
}

function shown(value: unknown): string {
  return value === undefined ? "unset" : JSON.stringify(value);
}

/** The other's text comes from another version of the plan, perhaps of this package: nothing of it is sure. */
function parsed(text: string): Line {
  const [, indent = "", name = text, kind = "", who = "*", json = "{}"] =
    /^( *)@?(\S+) (\S+) (\S+)(?: (.+))?$/.exec(text) ?? [];
  const what = who === "*" ? kind : `${kind} at ${who}`;
  return { depth: indent.length, name, what, fields: fieldsOf(json) };
}

function fieldsOf(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? { ...value } : { value };
  } catch {
    return { text: json };
  }
}
