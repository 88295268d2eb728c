import type { z } from "zod";
import { type CaseOptions, caseSettings } from "./case-options.ts";
import type { Inside } from "./census.ts";
import type { ChoreographySettings } from "./choreography-settings.ts";
import type { Definition } from "./definition.ts";
import { type Duration, timeoutMs } from "./duration.ts";
import { record } from "./record.ts";
import { checkRoles } from "./role-data.ts";
import type { ParamValue, Roles } from "./roles.ts";
import type { NotAsync, Scope } from "./scope.ts";

type NoParams = z.ZodObject<Record<never, never>>;
type NamesOf<P, T> = { [K in keyof P]: P[K] extends T ? K : never }[keyof P] & string;
type NumberNames<P> = NamesOf<P, number>;
type ValueNames<P> = NamesOf<P, ParamValue>;

/** Options of {@link choreography}. */
export interface ChoreographyOptions<RM, P extends z.ZodObject> extends CaseOptions<P> {
  /** Who takes part. Ids are given in the order of declaration. */
  readonly roles: RM;
  /** How long to wait for all instances to start; `"5m"` unless given. */
  readonly join?: Duration;
}

/** Options of {@link Choreography.define}. */
export interface DefineOptions {
  /**
   * Whether stages say where they are declared; true unless given. With source maps, finding that out takes longer than
   * all the rest, and an instance has no use for it.
   */
  readonly sources?: boolean;
}

/** A test case whose stages are data. `P`: its parameters; `R`: the names of its roles. */
export interface Choreography<P = unknown, R extends string = string> {
  readonly type: "choreography";
  readonly options: ChoreographySettings;
  /**
   * The stages, for these parameters and the defaults of the others. Runs the author's function once,
   * and nothing of what its bodies do.
   *
   * @throws DefinitionError that names the stage and where it is declared.
   */
  define(params?: Partial<P>, options?: DefineOptions): Definition<R>;
}

/**
 * A test case as a choreography. The function declares its stages on the scope it is given; it is
 * synchronous, does no work, and returns the same for the same parameters, as it runs on every
 * instance and in every tool.
 *
 * @throws DefinitionError for options that no parameters can make right.
 */
export function choreography<
  P extends z.ZodObject = NoParams,
  const RM extends Roles<NumberNames<z.output<P>>, ValueNames<z.output<P>>> = Record<never, never>,
  Z = void,
>(
  options: ChoreographyOptions<RM, P>,
  define: (c: Scope<RM, Inside<RM>, z.output<P>>) => NotAsync<Z>,
): Choreography<z.output<P>, Inside<RM>> {
  checkRoles(options.roles);
  const settings: ChoreographySettings = Object.freeze({
    ...caseSettings(options),
    roles: Object.freeze({ ...options.roles }),
    joinMs: timeoutMs(options.join ?? "5m", "option join"),
  });
  return Object.freeze({
    type: "choreography",
    options: settings,
    define: (params: Partial<z.output<P>> = {}, { sources = true }: DefineOptions = {}) =>
      record(settings, params, define, sources),
  });
}
