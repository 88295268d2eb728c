import type { CounterAddition, Counters, Target } from "../atoms/store.ts";
import type { Operations } from "./calls.ts";
import { asFrame, type Frame, optionalWholeIn, textIn, wholeIn } from "./fields.ts";
import { mutationIn } from "./mutation-fields.ts";

export function counterOperations<K>(counters: Counters<K>, keyOf: (call: Frame) => K): Operations {
  return {
    "counters.add": (call) => counters.add(keyOf(call), additionIn(call)),
    "counters.addAndReach": (call, { signal }) =>
      counters.addAndReach(keyOf(call), targetIn(call), { ...additionIn(call), signal }),
    "counters.reach": (call, { signal }) => counters.reach(keyOf(call), targetIn(call), { signal }),
    "counters.declare": (call) => {
      const requestId = textIn(call, "requestId");
      return counters.declare(keyOf(call), wholeIn(call, "target"), { requestId });
    },
    "counters.declared": (call, { signal }) => counters.declared(keyOf(call), { signal }),
    "counters.read": (call, { signal }) => counters.read(keyOf(call), { signal }),
    "counters.contributors": (call, { signal }) => counters.contributors(keyOf(call), { signal }),
  };
}

function additionIn(call: Frame): CounterAddition {
  const { onlyIf } = call;
  return {
    ...mutationIn(call),
    by: optionalWholeIn(call, "by"),
    onlyIf: onlyIf === "even" || onlyIf === "odd" ? onlyIf : undefined,
  };
}

function targetIn(call: Frame): Target {
  const round = asFrame(call["target"]);
  if (round !== undefined) return { roundOf: wholeIn(round, "roundOf") };
  return call["target"] === "declared" ? "declared" : wholeIn(call, "target");
}
