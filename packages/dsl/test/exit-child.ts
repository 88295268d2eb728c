import { choreography, one, plan, rest, toCases } from "@groundplan/dsl";
import { invoke } from "@groundplan/runtime";

/** One instance of a run, as a runner starts it: the process exits with its outcome. The seed does what its case is named for. */
const cases = Object.fromEntries(
  (["ok", "failed", "crashed"] as const).map((name) => [
    name,
    choreography(
      { roles: { seed: one({ group: "a" }), peer: rest() }, timeout: "60s", join: "60s" },
      (c) => {
        c.barrier("started");
        c.run("end", "seed", {}, async () => {
          if (name === "failed") throw new Error("boom");
          if (name === "ok") return;
          setImmediate(() => {
            throw new Error("boom");
          });
          await new Promise(() => {});
        });
        c.barrier("met");
      },
    ),
  ]),
);

await invoke(toCases(plan("exits", cases)));
