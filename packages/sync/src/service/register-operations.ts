import type { Registers, Versioned } from "../atoms/store.ts";
import type { Operations } from "./calls.ts";
import { optionalWholeIn, textIn, wholeIn } from "./fields.ts";
import { mutationIn } from "./mutation-fields.ts";

export function registerOperations(registers: Registers): Operations {
  return {
    "registers.read": (call, { signal }) => registers.read(textIn(call, "name"), { signal }),
    "registers.write": (call) =>
      registers.write(textIn(call, "name"), textIn(call, "json"), {
        ...mutationIn(call),
        ifVersion: optionalWholeIn(call, "ifVersion"),
      }),
    "registers.add": (call) =>
      registers.add(textIn(call, "name"), wholeIn(call, "by"), mutationIn(call)),
    "registers.next": (call, { signal }) =>
      first(registers.watch(textIn(call, "name"), { after: wholeIn(call, "after"), signal })),
  };
}

/** One version at a time, so that a client which is slow to ask gets the latest and nothing piles up for it. */
async function first(versions: AsyncIterable<Versioned>): Promise<Versioned | undefined> {
  for await (const version of versions) return version;
  return undefined;
}
