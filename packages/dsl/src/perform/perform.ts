import { hostname } from "node:os";
import type { Network, RunEnv } from "@groundplan/runtime";
import type { Namespace, SyncClient } from "@groundplan/sync";
import { outsideCount } from "../allotment.ts";
import { castRoles, describeCast } from "../cast.ts";
import type { Definition } from "../definition.ts";
import { DefinitionError } from "../definition-error.ts";
import { firstDifference } from "../first-difference.ts";
import { shapeOf } from "../shape.ts";
import { runCleanups } from "./cleanups.ts";
import { Company } from "./company.ts";
import { conclude, type Outcome } from "./conclude.ts";
import { crewOf } from "./crew.ts";
import { type JoinEntry, joinRoster, ROSTER, shapeBehind } from "./join.ts";
import type { Journal } from "./journal.ts";
import type { Loss } from "./loss.ts";
import { Losses } from "./losses.ts";
import { Meeting } from "./meeting.ts";
import type { Performer } from "./performer.ts";
import { describeReport } from "./report.ts";
import { checkSidecar } from "./sidecar.ts";
import { StageError } from "./stage-error.ts";
import { type Surroundings, surroundingsIn } from "./surroundings.ts";
import { performBarrier } from "./time-stages.ts";
import { visitStages } from "./visit.ts";
import { Wire } from "./wire.ts";

/** What `perform` needs of the instance it runs on. */
export interface Instance {
  readonly env: RunEnv;
  /** The instance's data network. */
  readonly network: Network;
  readonly sync: SyncClient;
  readonly namespace: Namespace;
  /** The instance's number among all, from 1, unique in the run. */
  readonly seq: number;
  /** What all draws are made from, the same at every instance; the run's id unless given. */
  readonly seed?: string | undefined;
  /** Aborts when the instance is ended from outside. */
  readonly signal: AbortSignal;
  readonly journal: Journal;
  /** Called for an instance whose failure the others can bear: whoever runs it is not to abort the run for it. */
  readonly keepRun?: (() => void) | undefined;
  /** Those of its process unless given. */
  readonly surroundings?: Surroundings | undefined;
}

interface Placed extends Instance {
  readonly surroundings: Surroundings;
  /** Aborts when the others go on without this instance. */
  readonly ousting: AbortController;
  /** Aborts with whatever ends the instance. */
  readonly ending: AbortSignal;
}

const HOST = hostname();

const END = "@end";

/**
 * Performs a choreography at one instance: joins the roster, visits every stage in order, meets all others at the end.
 * Whatever happens, it ends: with its own failure, which is reported to all others, or with theirs. Never rejects.
 */
export async function perform(definition: Definition, instance: Instance): Promise<Outcome> {
  const { surroundings = surroundingsIn(instance.namespace) } = instance;
  let performer: Performer | undefined;
  const crew = crewOf(instance.namespace);
  try {
    checkSidecar(definition, instance);
    performer = await enter(definition, placed(instance, surroundings));
    await visitStages(performer, definition.stages);
    await meetAtEnd(performer);
    await runCleanups(performer);
    return { type: "ok" };
  } catch (error) {
    const outcome = await conclude(error, instance, performer);
    if (performer !== undefined) await runCleanups(performer).catch(() => {});
    return outcome;
  } finally {
    if (performer !== undefined) {
      performer.losses.leave(performer.me.id);
      await performer.progress.end(performer.me.id);
    }
    await crew.leave(instance.seq);
  }
}

async function enter(definition: Definition, instance: Placed): Promise<Performer> {
  const { env, namespace, seq } = instance;
  const { clock, shared } = instance.surroundings;
  const { ordinal } = env.runParams;
  const { asked } = definition;
  const crew = await crewOf(namespace).enter(seq, definition.joinMs);
  const entry: JoinEntry = {
    seq,
    crew,
    group: env.group,
    groupSize: env.groupInstances,
    host: HOST,
    fingerprint: definition.fingerprint,
    ...(ordinal === undefined ? {} : { ordinal }),
    ...(Object.keys(asked).length === 0 ? {} : { params: asked }),
  };
  const outside = outsideCount(definition.roles);
  const instances = env.instances - outside;
  const { shape } = shared.once(`shape ${definition.fingerprint}`, () => ({
    shape: shapeOf(definition),
  }));
  const joining = { namespace, entry, instances, outside, shape, shared };
  const started = clock.now();
  const wait = { signal: instance.ending, timeoutMs: definition.joinMs };
  const entries = await joinRoster(joining, wait);
  await checkVersions(definition, instance, entries);
  const joinedMs = clock.now() - started;
  return castInstance(definition, instance, entries, joinedMs);
}

function castInstance(
  definition: Definition,
  instance: Placed,
  entries: readonly JoinEntry[],
  joinedMs: number,
): Performer {
  const {
    env,
    network,
    sync,
    namespace,
    journal,
    seq,
    seed = env.run,
    surroundings,
    ousting,
  } = instance;
  const { clock, shared } = surroundings;
  const company = shared.once(`cast ${definition.fingerprint}`, () =>
    assemble(definition, entries, seed),
  );
  const losses = shared.onceHere(
    `losses ${definition.fingerprint}`,
    () => new Losses({ namespace, roles: definition.roles, company, clock }),
  );
  const me = company.withSeq(seq);
  if (me === undefined) {
    throw new StageError("surplus-instance", ROSTER, "this instance has no place in the roster");
  }
  const start = clock.now();
  const now = (): number => clock.now() - start;
  let here = ROSTER;
  const { id, role, group } = me;
  const roles = describeCast(company.cast);
  journal({ t: -joinedMs, id, role, group, stage: ROSTER, event: "enter" });
  journal({ t: 0, id, role, group, stage: ROSTER, event: "leave", text: roles });
  env.recordMessage(`roster complete: I am #${id} (${role}); ${roles}`);
  if (losses.tolerates(role)) instance.keepRun?.();
  const performer: Performer = {
    ...surroundings,
    definition,
    env,
    network,
    sync,
    company,
    me,
    seed,
    meeting: new Meeting(namespace),
    wire: new Wire(namespace),
    losses,
    gone: new Set(),
    ousted: ousting.signal,
    signal: instance.ending,
    now,
    here: () => here,
    note: (event, stage, more = {}) => {
      if (event === "enter") here = stage;
      journal({ t: now(), id, role, group, stage, event, ...more });
    },
  };
  losses.enter({
    id,
    hear: (loss, by) => performer.note("lost", here, { text: describeReport({ ...loss, by }) }),
    oust: (loss) => ousting.abort(oustedBy(loss, here)),
  });
  return performer;
}

function oustedBy({ error }: Loss, stage: string): StageError {
  return new StageError("lost", stage, `the others go on without this instance: ${error}`);
}

function assemble({ roles }: Definition, entries: readonly JoinEntry[], seed: string): Company {
  const joined = entries.map(({ seq, group, ordinal, host, params }) => ({
    seq,
    group,
    host,
    ...(ordinal === undefined ? {} : { ordinal }),
    ...(params === undefined ? {} : { params }),
  }));
  const processes = entries.flatMap(({ seq, crew }) =>
    crew === undefined ? [] : [[seq, crew] as const],
  );
  try {
    return new Company(castRoles(roles, joined, seed), new Map(processes));
  } catch (cause) {
    if (!(cause instanceof DefinitionError)) throw cause;
    throw new StageError("roles-do-not-fit", ROSTER, cause.message, { cause });
  }
}

async function checkVersions(
  { fingerprint, ...definition }: Definition,
  { namespace, env, seq, surroundings }: Placed,
  entries: readonly JoinEntry[],
): Promise<void> {
  const { others } = surroundings.shared.once(`not ${fingerprint}`, () => ({
    others: entries.filter((entry) => entry.fingerprint !== fingerprint),
  }));
  const [other] = others;
  if (other === undefined) return;
  const shape = await shapeBehind(namespace, other.fingerprint);
  const difference = shape && firstDifference(shapeOf(definition), shape);
  const who = others.slice(0, 10).map((entry) => `${entry.seq} (group ${entry.group})`);
  const more = others.length > 10 ? ` and ${others.length - 10} more` : "";
  throw new StageError(
    "different-plans",
    ROSTER,
    `instances ${who.join(", ")}${more} run a different plan than instance ${seq} (group ${env.group}): ${
      difference ?? "the stages differ"
    }; start all from one version, with parameters that give the same stages`,
  );
}

/** A barrier of all: without it, a death after the last shared stage would go unnoticed. */
async function meetAtEnd(performer: Performer): Promise<void> {
  performer.note("enter", END);
  await performBarrier(performer, { at: Object.keys(performer.definition.roles) }, END, []);
  performer.note("leave", END);
}

function placed(instance: Instance, surroundings: Surroundings): Placed {
  const ousting = new AbortController();
  // One for all that ends it: those that follow others are slow to make.
  const ending = AbortSignal.any([instance.signal, instance.sync.aborted, ousting.signal]);
  return { ...instance, surroundings, ousting, ending };
}
