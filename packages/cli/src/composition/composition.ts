import { z } from "zod";

type Texts = Readonly<Record<string, string>>;

export interface Instances {
  readonly count: number;
  readonly percentage: number;
}

interface GroupRun {
  readonly artifact: string;
  readonly test_params: Texts;
  readonly profiles: Texts;
}

export interface CompositionGroup {
  readonly id: string;
  readonly builder: string;
  readonly instances?: Instances | undefined;
  readonly run: GroupRun;
}

export interface CompositionRun {
  readonly id: string;
  readonly total_instances: number;
  readonly test_params: Texts;
  readonly groups: readonly {
    readonly id: string;
    readonly group_id: string;
    readonly instances?: Instances | undefined;
    readonly test_params: Texts;
    readonly profiles: Texts;
  }[];
}

/** A `composition.toml` as far as it decides what runs here, in its own words. */
export interface Composition {
  readonly metadata?: { readonly name?: string | undefined } | undefined;
  readonly global: {
    readonly plan: string;
    readonly case: string;
    readonly runner: string;
    readonly builder: string;
    readonly total_instances: number;
    readonly disable_metrics: boolean;
    readonly run: GroupRun;
    readonly run_config: Readonly<Record<string, unknown>>;
  };
  readonly groups: readonly CompositionGroup[];
  /** None: one of all groups. */
  readonly runs: readonly CompositionRun[];
}

const texts = z.record(z.string(), z.string("must be a text in quotes, as every value here"));
const name = z.string("must be a text").min(1, "must not be empty");
const size = z
  .number("must be a whole number")
  .int("must be a whole number")
  .min(0, "must not be negative");
const instances = z.object({
  count: size.default(0),
  percentage: z
    .number("must be a fraction such as 0.3")
    .min(0, "must be a fraction such as 0.3")
    .max(1, "must be a fraction such as 0.3")
    .default(0),
});
const groupRun = z.object({
  artifact: z.string("must be the path of a file").default(""),
  test_params: texts.default({}),
  profiles: texts.default({}),
});

const schema: z.ZodType<Composition> = z.object({
  metadata: z.object({ name: z.string().optional() }).optional(),
  global: z.object({
    plan: name,
    case: name,
    runner: z.string().default(""),
    builder: z.string().default(""),
    total_instances: size.default(0),
    disable_metrics: z.boolean("must be true or false").default(false),
    run: groupRun.default({ artifact: "", test_params: {}, profiles: {} }),
    run_config: z.record(z.string(), z.unknown()).default({}),
  }),
  groups: z
    .array(
      z.object({
        id: name,
        builder: z.string().default(""),
        instances: instances.optional(),
        run: groupRun.default({ artifact: "", test_params: {}, profiles: {} }),
      }),
    )
    .min(1, "must be one group or more"),
  runs: z
    .array(
      z.object({
        id: name,
        total_instances: size.default(0),
        test_params: texts.default({}),
        groups: z
          .array(
            z.object({
              id: name,
              group_id: z.string().default(""),
              instances: instances.optional(),
              test_params: texts.default({}),
              profiles: texts.default({}),
            }),
          )
          .min(1, "must be one group or more"),
      }),
    )
    .default([]),
});

/** The composition in what a TOML file holds, or everything that is wrong with it, a line each. */
export function parseComposition(
  toml: unknown,
):
  | { readonly type: "ok"; readonly composition: Composition }
  | { readonly type: "wrong"; readonly faults: readonly string[] } {
  const { success, data, error } = schema.safeParse(toml);
  if (success) return { type: "ok", composition: data };
  return {
    type: "wrong",
    faults: error.issues.map(({ path, message }) => {
      const isMissing = valueAt(toml, path) === undefined;
      return `${describePath(path)} ${isMissing ? "is missing" : message}`;
    }),
  };
}

function valueAt(toml: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null ? Reflect.get(value, part) : undefined,
    toml,
  );
}

/** `groups[2].run.test_params.x`, counted from 1 as people do. */
function describePath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part + 1}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}
