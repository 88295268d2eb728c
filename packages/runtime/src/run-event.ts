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
): object {
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
