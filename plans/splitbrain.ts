import {
  type Choreography,
  choreography,
  type Me,
  main,
  percent,
  plan,
  rest,
} from "@groundplan/dsl";
import { z } from "zod";
import { Address, ask, dial, listen, readLine } from "./net/tcp.ts";

type Filter = "accept" | "reject" | "drop";

const phases = ["before", "split", "healed"] as const;
const params = z.object({
  silenceMs: z.number().positive().default(2_000).describe("when an answer is given up, in ms"),
});

/** Two halves that know each other are cut off from each other and reunited: Testground's `splitbrain`. */
function splitbrain(filter: Filter): Choreography<z.output<typeof params>> {
  const roles = { west: percent(50), east: rest() };
  const description = `two halves of the network ${filter} what the other sends, for a while`;
  return choreography({ description, params, roles, timeout: "5m" }, (c) => {
    const gate = c.everyone("gate", {}, () => ({ filter: "accept" as Filter }));
    const address = c.everyone("listen", { gate }, ({ gate, me }) =>
      listen(me, async (socket) => {
        const isOpen = (await readLine(socket)) === me.role || gate.filter === "accept";
        if (isOpen) socket.end("welcome\n");
        else if (gate.filter === "reject") socket.resetAndDestroy();
      }),
    );
    const addresses = c.exchange("addresses", address, { schema: Address });

    c.rounds("phase", phases.length, (phase) => {
      phase.everyone(
        "filter",
        { addresses, gate },
        async ({ addresses, gate, me }) => {
          const next = phases[me.round] === "split" ? filter : "accept";
          // Where no sidecar filters what is sent, the listener filters what comes.
          if (!me.env.sidecar) gate.filter = next;
          else await me.network.configureNetwork({ rules: rules(me, addresses, next) });
        },
        { timeout: "40s" },
      );
      phase.barrier("filtered");
      phase.everyone(
        "call",
        { addresses },
        async ({ addresses, me }) => {
          const others = me.members.filter(({ id }) => id !== me.id);
          const ends = await Promise.all(
            others.map(({ id }) => call(me, addresses.of(id), c.params.silenceMs)),
          );
          for (const end of ["answered", "refused", "silent"] as const) {
            const count = ends.filter((each) => each === end).length;
            me.measure(`${end}_${phases[me.round]}`, count);
          }
        },
        { timeout: "40s" },
      );
      phase.barrier("called");
    });
  });
}

/** A rule for each instance of the other half. */
function rules(
  me: Me,
  addresses: { of(id: number): Address },
  filter: Filter,
): { subnet: string; filter: Filter }[] {
  const others = me.members.filter(({ role }) => role !== me.role);
  return others.map(({ id }) => ({ subnet: `${addresses.of(id).host}/32`, filter }));
}

/** What becomes of a call on an instance, until it is given up. */
async function call(
  me: Me,
  address: Address,
  silenceMs: number,
): Promise<"answered" | "refused" | "silent"> {
  const silence = new Promise<"silent">((resolve) => {
    const given = AbortSignal.timeout(silenceMs);
    given.addEventListener("abort", () => resolve("silent"), { once: true });
  });
  const answer = dial(me, address)
    .then((socket) => ask(socket, me.role))
    .then(
      () => "answered" as const,
      () => "refused" as const,
    );
  return await Promise.race([answer, silence]);
}

const splitbrainPlan = plan("splitbrain", {
  accept: splitbrain("accept"),
  reject: splitbrain("reject"),
  drop: splitbrain("drop"),
});
export default splitbrainPlan;
await main(import.meta, splitbrainPlan);
