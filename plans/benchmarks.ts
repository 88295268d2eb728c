import { choreography, main, one, plan, rest } from "@groundplan/dsl";
import { topic } from "@groundplan/sync";
import { z } from "zod";

const iterations = z.number().int().positive().default(5).describe("how often each is measured");

/** How long it takes from the start of the run until the instances have met. */
export const startup = choreography(
  {
    description: "how long it takes until all instances have met, from a start known to the second",
    roles: { node: rest() },
    timeout: "1m",
  },
  (c) => {
    c.everyone("met", {}, ({ me }) => {
      const { startTime } = me.env.runParams;
      if (startTime !== undefined) me.measure("time_to_meet_ms", Date.now() - startTime.getTime());
    });
    const before = c.everyone("before", {}, ({ me }) => me.now());
    c.barrier("all-up");
    c.everyone("after", { before }, ({ before, me }) =>
      me.measure("first_barrier_ms", me.now() - before),
    );
  },
);

/** How long it takes until a share of all instances has signalled, for a fifth of them to all. */
export const barriers = choreography(
  {
    description: "how long it takes until 20 to 100 % of all instances have signalled",
    params: z.object({ iterations }),
    roles: { node: rest() },
    timeout: "5m",
  },
  (c) => {
    for (const share of [20, 40, 60, 80, 100]) {
      c.rounds(`share-${share}`, c.params.iterations, (round) => {
        round.barrier("together");
        const start = round.everyone("start", {}, ({ me }) => me.now());
        const here = round.signal("here");
        round.waitFor("enough", here, { atLeast: `${share}%` });
        round.everyone("measure", { start }, ({ start, me }) =>
          me.measure(`barrier_${share}_ms`, me.now() - start),
        );
      });
    }
  },
);

/** How long it takes to publish values of growing sizes on a topic, and to read them. */
export const subtree = choreography(
  {
    description: "how long it takes to publish and to read values of 64 to 4,096 bytes",
    params: z.object({ iterations }),
    roles: { publisher: one(), subscriber: rest() },
    timeout: "5m",
  },
  (c) => {
    for (const size of [64, 256, 1_024, 4_096]) {
      // The store itself is what is measured, so the bodies speak to it.
      const values = topic(`values-of-${size}`, z.string().length(size));
      c.barrier(`ready-${size}`);
      c.run(`publish-${size}`, "publisher", {}, async ({ me }) => {
        for (let i = 0; i < c.params.iterations; i++) {
          const start = me.now();
          await me.sync.publish(values, "x".repeat(size), { signal: me.signal });
          me.measure(`publish_${size}_ms`, me.now() - start);
        }
      });
      c.run(`read-${size}`, "subscriber", {}, async ({ me }) => {
        const start = me.now();
        let read = 0;
        for await (const _ of me.sync.subscribe(values, { signal: me.signal })) {
          read += 1;
          if (read === c.params.iterations) break;
        }
        me.measure(`read_${size}_ms`, (me.now() - start) / read);
        me.measure(`read_${size}`, read);
      });
    }
  },
);

const benchmarks = plan("benchmarks", { startup, barriers, subtree });
export default benchmarks;
await main(import.meta, benchmarks);
