import { activity, allNotes, type Instance } from "../activity.ts";
import { unless } from "../violation.ts";

/** Waits for what never comes end at their deadline or with their caller's signal, whatever the network does. */
export const givingUp = activity<string>({
  name: "giving up",
  async perform(instance, note) {
    const { client } = instance;
    const soon = instance.random.between(20, 120);
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(new Error("enough")), soon);
    const outcomes = Promise.all([
      ended(instance, "timeout", () => client.barrier("never", 1e9, { timeoutMs: soon })),
      ended(instance, "timeout", async () => {
        for await (const _ of client.subscribe("nothing", { timeoutMs: soon })) return;
      }),
      ended(instance, "enough", () => client.barrier("never", 1e9, { signal: stop.signal })),
    ]);
    try {
      for (const outcome of await outcomes) note(outcome);
    } finally {
      clearTimeout(timer);
    }
  },
  check: (outcome) =>
    allNotes(outcome).flatMap((text) =>
      unless(text === "", "unexpected outcomes", `a wait for nothing ended with ${text}`),
    ),
});

/** Empty if it rejected as it should. What says that the store was lost is thrown on. */
async function ended(
  instance: Instance,
  wanted: string,
  wait: () => Promise<unknown>,
): Promise<string> {
  return instance.do("wait for nothing", async () => {
    try {
      await wait();
      return "success";
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (code === "state-lost") throw error;
      return code === wanted || message === wanted ? "" : String(error);
    }
  });
}
