import { RunAbortedError } from "@groundplan/sync";
import { activity, allNotes, type Instance } from "../activity.ts";
import { unless } from "../violation.ts";

/** Some abort a run in which all wait: every wait ends, and all name the same report. */
export const aborting = activity<unknown>({
  name: "aborting",
  async perform(instance, note) {
    const { doomedRun: client, index } = instance;
    const waits = Promise.all([
      reportOf(instance, () => client.barrier("never", 1e9)),
      reportOf(instance, async () => {
        for await (const _ of client.subscribe("nothing")) return;
      }),
    ]);
    waits.catch(() => {});
    await instance.pause();
    if (index < 2) {
      note(await instance.do("abort", (wait) => client.abort({ by: index }, wait)));
    }
    for (const report of await waits) note(report);
  },
  check(outcome) {
    const reports = allNotes(outcome).map((report) => JSON.stringify(report));
    return reports.flatMap((report) =>
      unless(report === reports[0], "unexpected outcomes", `aborted by ${report}, ${reports[0]}`),
    );
  },
});

async function reportOf(instance: Instance, wait: () => Promise<unknown>): Promise<unknown> {
  return instance.do("wait for the abort", async () => {
    try {
      return { waitedFor: await wait() };
    } catch (error) {
      if (error instanceof RunAbortedError) return error.report;
      throw error;
    }
  });
}
