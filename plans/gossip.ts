import { choreography, type Me, main, one, plan, rest } from "@groundplan/dsl";
import { z } from "zod";
import { Datagrams } from "./net/datagrams.ts";
import { Address } from "./net/tcp.ts";

const PUSH = "have you heard?";

/** A rumour is pushed from instance to instance over UDP, until all that are left have heard it. */
export const rumour = choreography(
  {
    description: "a rumour spreads over UDP, whoever is lost on the way",
    params: z.object({
      fanout: z.number().int().positive().default(2).describe("others that are told in a round"),
      patienceMs: z
        .number()
        .positive()
        .default(1_000)
        .describe("when an answer is given up, in ms"),
      killed: z
        .number()
        .int()
        .nonnegative()
        .default(0)
        .describe("id of a peer whose process is killed in the second round; 0: none"),
    }),
    roles: { origin: one(), peer: rest({ min: 2, atLeast: "50%" }) },
    timeout: "3m",
  },
  (c) => {
    const { fanout, killed, patienceMs } = c.params;
    const ear = c.everyone("ear", {}, ({ me }) => ({ hasHeard: me.role === "origin" }));
    const datagrams = c.everyone("open", { ear }, ({ ear, me }) =>
      Datagrams.open(me, () => {
        ear.hasHeard = true;
        return "now I have";
      }),
    );
    const address = c.everyone("address", { datagrams }, ({ datagrams }) => datagrams.address);
    const addresses = c.exchange("addresses", address, { schema: Address });

    const curve = c.repeat("spread", { max: 20 }, (round) => {
      // Whoever hears it in this round tells it in the next one.
      const tells = round.everyone("remember", { ear }, ({ ear }) => ear.hasHeard);
      round.barrier("remembered");
      round.everyone(
        "tell",
        { addresses, datagrams, tells },
        async ({ addresses, datagrams, tells, me }) => {
          if (me.id === killed && me.round === 1) process.kill(process.pid, "SIGKILL");
          if (!tells) return;
          const told = listeners(me, fanout).map((id) =>
            datagrams.ask(addresses.of(id), PUSH, { schema: z.string(), timeoutMs: patienceMs }),
          );
          // Who does not answer may be lost: others will tell it, if it is not.
          await Promise.allSettled(told);
        },
        { timeout: "8s" },
      );
      round.barrier("told");
      const hasHeard = round.everyone("listen", { ear }, ({ ear }) => ear.hasHeard);
      const all = ["origin", "peer"] as const;
      const schema = z.boolean();
      const value = round.reduce("heard", all, hasHeard, count, { schema });
      const until = round.reduce("all-heard", all, hasHeard, (each) => each.every(Boolean), {
        schema,
      });
      return { until, value };
    });

    c.run("report", "origin", { curve }, ({ curve, me }) => {
      for (const heard of curve) me.measure("heard", heard);
      me.measure("rounds", curve.length);
      me.measure("left", me.members.length);
    });
  },
);

function count(claims: readonly boolean[]): number {
  return claims.filter(Boolean).length;
}

/** Some of the others, drawn anew in each round. */
function listeners(me: Me, fanout: number): readonly number[] {
  const others = me.members.map(({ id }) => id).filter((id) => id !== me.id);
  return me.random.sample(others, Math.min(fanout, others.length));
}

const gossip = plan("gossip", { rumour });
export default gossip;
await main(import.meta, gossip);
