import { clip } from "./clip.ts";
import type { InstanceResult } from "./instance-result.ts";
import type { RunParams } from "./run-params.ts";
import { errorText } from "./thrown.ts";

/** The last event of an instance. It has exactly one. */
export type TerminalEvent =
  | { readonly success_event: { readonly group: string } }
  | { readonly failure_event: { readonly group: string; readonly error: string } }
  | {
      readonly crash_event: {
        readonly group: string;
        readonly error: string;
        readonly stacktrace: string;
      };
    };

/** An event that is written as a line. */
export type RunEvent =
  | TerminalEvent
  | { readonly start_event: { readonly runenv: object } }
  | { readonly message_event: { readonly message: string } };

/** An event of the run's stream alone: an instance enters or leaves a stage. */
export type StageEvent =
  | { readonly stage_start_event: { readonly name: string; readonly group: string } }
  | { readonly stage_end_event: { readonly name: string; readonly group: string } };

/**
 * The longest a text may be on the topic of run events. There, a character can take seven times its size, and the
 * message that holds it 32 KiB: a longer one ends the Testground daemon.
 */
const MAX_TOPIC_TEXT = 2048;

/** The event by which an instance says how it ended. One that was aborted says it failed, and why. */
export function terminalEvent(group: string, result: InstanceResult): TerminalEvent {
  switch (result.type) {
    case "ok":
      return { success_event: { group } };
    case "crashed":
      return { crash_event: { group, error: errorText(result.error), stacktrace: result.stack } };
    case "failed":
    case "aborted":
      return { failure_event: { group, error: errorText(result.error) } };
  }
}

/**
 * An event as a line carries it: for Testground since v0.6.0, and beside it for its versions until v0.5.3, which look
 * for other keys in the same object. Each overlooks the other's.
 */
export function lineOf(event: RunEvent): object {
  return { ...event, ...formerEvent(event) };
}

function formerEvent(event: RunEvent): object {
  if ("start_event" in event) return { type: "start", runenv: event.start_event.runenv };
  if ("message_event" in event) return { type: "message", message: event.message_event.message };
  if ("success_event" in event) return { type: "finish", outcome: "ok" };
  if ("failure_event" in event) {
    return { type: "finish", outcome: "failed", error: event.failure_event.error };
  }
  const { error, stacktrace } = event.crash_event;
  return { type: "finish", outcome: "crashed", error, stacktrace };
}

/** The same event, short enough for the topic of run events. */
export function forTopic(group: string, result: InstanceResult): TerminalEvent {
  if (result.type === "ok") return terminalEvent(group, result);
  const error = new Error(clip(errorText(result.error), MAX_TOPIC_TEXT));
  if (result.type !== "crashed") return terminalEvent(group, { type: "failed", error });
  return terminalEvent(group, { ...result, error, stack: clip(result.stack, MAX_TOPIC_TEXT) });
}

/** Says what the instance was started with, in the order Testground writes it. */
export function startEvent(
  params: RunParams,
  plan: Readonly<Record<string, string>> = params.params,
): RunEvent {
  const { repo, commit = "", branch, tag } = params;
  const origin = Object.entries({ repo, commit, branch, tag }).filter(([, text]) => text !== "");
  return {
    start_event: {
      runenv: {
        plan: params.plan,
        case: params.case,
        run: params.run,
        params: Object.fromEntries(Object.entries(plan).sort(byName)),
        instances: params.instances,
        outputs_path: params.outputsPath,
        temp_path: params.tempPath,
        network: params.subnet ?? "",
        group: params.group,
        group_instances: params.groupInstances,
        ...Object.fromEntries(origin),
      },
    },
  };
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}
