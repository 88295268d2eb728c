import { type NetworkConfig, RuntimeError } from "@groundplan/runtime";
import { type LinkShape, linkShapeFaults } from "../link-shape.ts";
import type { Stage } from "../stage.ts";
import { seconds } from "./blame.ts";
import { BodyMe } from "./body-me.ts";
import { type Deadline, deadline } from "./deadline.ts";
import type { Performer, Rounds } from "./performer.ts";
import { StageError } from "./stage-error.ts";
import { performBarrier } from "./time-stages.ts";

type ShapeStage = Stage & { readonly kind: "shape" };

/** A sidecar that has said nothing for so long is not going to. */
const SIDECAR_MS = 60_000;

/** An instance whose sidecar is silent says so when the stage's time is up: who waits for it listens for as long. */
const SAYING_MS = 2_000;

/** Has this instance's sidecar shape its network, then waits for those of all others. */
export async function performShape(
  performer: Performer,
  stage: ShapeStage,
  key: string,
  rounds: Rounds,
): Promise<void> {
  const entered = performer.now();
  const limit = deadline(performer, stage.timeoutMs);
  await configure(performer, configOf(shapeOf(performer, stage, key, rounds)), key, limit);
  performer.note("act", key);
  const { at, timeoutMs } = stage;
  const left = timeoutMs && timeoutMs + SAYING_MS - (performer.now() - entered);
  const all = left === undefined ? { at } : { at, timeoutMs: left };
  await performBarrier(performer, all, key, rounds);
}

async function configure(
  performer: Performer,
  config: NetworkConfig,
  key: string,
  limit: Deadline,
): Promise<void> {
  const { network, progress, me, signal, definition } = performer;
  progress.set(me.id, key, "wait");
  const timeoutMs = Math.ceil(limit.isRuns ? Math.min(limit.ms, SIDECAR_MS) : limit.ms);
  try {
    await network.configureNetwork(config, { signal, timeoutMs });
  } catch (cause) {
    if (!(cause instanceof RuntimeError) || cause.code !== "sidecar-silent") throw cause;
    const isRunOver = limit.isRuns && timeoutMs < SIDECAR_MS;
    if (!isRunOver) throw new StageError("sidecar-silent", key, cause.message, { cause });
    const text = `the run did not finish in ${seconds(definition.timeoutMs)}: ${cause.message}`;
    throw new StageError("run-timeout", key, text, { cause });
  }
}

function shapeOf(
  performer: Performer,
  { id, shape }: ShapeStage,
  key: string,
  rounds: Rounds,
): LinkShape {
  if (shape !== "computed") return shape;
  const computed = compute(performer, id, key, rounds);
  const faults = linkShapeFaults(computed);
  if (faults.length === 0) return computed as LinkShape;
  const text = `its function gave a shape that no sidecar can make: ${faults.join("; ")}`;
  throw new StageError("bad-shape", key, text);
}

function compute(performer: Performer, id: string, key: string, rounds: Rounds): unknown {
  const shaping = performer.definition.bodies.get(id);
  if (shaping === undefined) throw new TypeError(`the definition has no shape for '${id}'`);
  const me = new BodyMe({ performer, key, rounds, attempt: 1 }, performer.signal);
  let shape: unknown;
  try {
    shape = shaping({ me } as never);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new StageError("body-failed", key, `its shape failed: ${message}`, { cause });
  }
  if (!(shape instanceof Promise)) return shape;
  shape.catch(() => {});
  throw new StageError("bad-shape", key, "its function gave a promise; a shape cannot be async");
}

function configOf({ connected = true, ...shape }: LinkShape): NetworkConfig {
  return { enable: connected, default: shape };
}
