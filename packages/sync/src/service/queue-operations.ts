import type { QueueShape, Queues, Settlement } from "../atoms/queues.ts";
import { SyncError } from "../error.ts";
import type { Operations } from "./calls.ts";
import { asFrame, type Frame, frameIn, textIn, wholeIn } from "./fields.ts";
import { mutationIn } from "./mutation-fields.ts";

const SETTLEMENTS: readonly Settlement[] = ["done", "retry", "untouched", "dead"];

export function queueOperations(queues: Queues): Operations {
  const nameOf = (call: Frame): string => textIn(call, "name");
  return {
    "queues.put": (call) =>
      queues.put(nameOf(call), {
        shape: shapeIn(call),
        id: textIn(call, "id"),
        json: textIn(call, "json"),
        priority: wholeIn(call, "priority"),
        delayMs: wholeIn(call, "delayMs"),
        ...mutationIn(call),
      }),
    "queues.take": (call) =>
      queues.take(nameOf(call), {
        shape: shapeIn(call),
        most: wholeIn(call, "most"),
        leaseMs: wholeIn(call, "leaseMs"),
        ...mutationIn(call),
      }),
    "queues.settle": (call) =>
      queues.settle(nameOf(call), {
        shape: shapeIn(call),
        id: textIn(call, "id"),
        token: wholeIn(call, "token"),
        as: settlementIn(call),
        delayMs: wholeIn(call, "delayMs"),
        ...mutationIn(call),
      }),
    "queues.extend": (call) =>
      queues.extend(nameOf(call), {
        shape: shapeIn(call),
        items: itemsIn(call),
        leaseMs: wholeIn(call, "leaseMs"),
      }),
    "queues.remove": (call) =>
      queues.remove(nameOf(call), {
        id: textIn(call, "id"),
        ...mutationIn(call),
      }),
    "queues.changed": (call, { signal }) =>
      queues.changed(
        nameOf(call),
        textIn(call, "what") === "space" ? "space" : "items",
        wholeIn(call, "after"),
        { signal },
      ),
    "queues.inspect": (call, { signal }) => queues.inspect(nameOf(call), { signal }),
    "queues.deadLetters": (call, { signal }) => queues.deadLetters(nameOf(call), { signal }),
  };
}

function shapeIn(call: Frame): QueueShape {
  const shape = frameIn(call, "shape");
  return {
    capacity: wholeIn(shape, "capacity"),
    maxDeliveries: wholeIn(shape, "maxDeliveries"),
  };
}

function settlementIn(call: Frame): Settlement {
  const as = textIn(call, "as");
  const found = SETTLEMENTS.find((settlement) => settlement === as);
  if (found !== undefined) return found;
  throw new SyncError("protocol", `the frame's "as" is "${as}"; it must be one of ${SETTLEMENTS}`);
}

function itemsIn(call: Frame): readonly { readonly id: string; readonly token: number }[] {
  const items = call["items"];
  if (!Array.isArray(items)) throw new SyncError("protocol", 'the frame\'s "items" is no array');
  return items.map((item: unknown) => {
    const frame = asFrame(item) ?? {};
    return { id: textIn(frame, "id"), token: wholeIn(frame, "token") };
  });
}
