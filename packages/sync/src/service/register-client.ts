import type { Registers, Versioned } from "../atoms/store.ts";
import { nameInKey, registerTimeout } from "../describe.ts";
import { checkValue } from "../limits.ts";
import { watchLatest } from "../values/watch-latest.ts";
import type { Caller } from "./caller.ts";
import { asFrame, type Frame, frameIn, textIn, wholeIn } from "./fields.ts";
import { SharedWaits } from "./shared-waits.ts";

/** The registers of the store behind the service, by full key. */
export function registerClient(caller: Caller, maxValueBytes: number): Registers {
  const { address } = caller;
  const changes = new SharedWaits<Versioned | undefined>();
  return {
    read(key, wait = {}) {
      const args = { name: address.register(key) };
      return caller.call("registers.read", { args, wait, read: versionedResult });
    },
    async write(key, json, { requestId, ifVersion, settled, ...wait }) {
      checkValue(nameInKey(key), json, maxValueBytes);
      const args = { name: address.register(key), json, requestId, ifVersion, settled };
      const read = (frame: Frame): { readonly version: number } => ({
        version: wholeIn(frameIn(frame, "result"), "version"),
      });
      return caller.call("registers.write", { args, wait, read });
    },
    add(key, by, { requestId, settled, ...wait }) {
      const args = { name: address.register(key), by, requestId, settled };
      const read = (frame: Frame): number => wholeIn(frame, "result");
      return caller.call("registers.add", { args, wait, read });
    },
    watch: (key, follow) =>
      watchLatest(follow, (after, wait) =>
        changes.wait(
          JSON.stringify([key, after]),
          wait,
          (ms) => registerTimeout(key, after, ms),
          (signal) => {
            const args = { name: address.register(key), after };
            return caller.call("registers.next", {
              args,
              wait: { signal },
              read: versionedResult,
            });
          },
        ),
      ),
  };
}

function versionedResult(frame: Frame): Versioned | undefined {
  const result = asFrame(frame["result"]);
  if (result === undefined) return undefined;
  return { json: textIn(result, "json"), version: wholeIn(result, "version") };
}
