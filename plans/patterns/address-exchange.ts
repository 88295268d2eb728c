import { choreography, main, plan, rest } from "@groundplan/dsl";
import { Address, ask, dial, listen, readLine } from "../net/tcp.ts";

/**
 * Everyone learns where everyone listens, and calls on all. The exchange knows how many there are and who: prevents the
 * bare read of N messages that hangs once any of the N has died.
 */
export const introductions = choreography(
  {
    description: "everyone calls on everyone at the address that was exchanged",
    roles: { node: rest({ min: 2 }) },
    timeout: "1m",
  },
  (c) => {
    const address = c.everyone("listen", {}, ({ me }) =>
      listen(me, async (socket) => {
        await readLine(socket);
        socket.end(`${me.id}\n`);
      }),
    );
    const addresses = c.exchange("addresses", address, { schema: Address });
    c.everyone(
      "call",
      { addresses },
      async ({ addresses, me }) => {
        const others = me.members.filter(({ id }) => id !== me.id);
        const answers = others.map(async (other) => {
          const name = await ask(await dial(me, addresses.of(other)), "who are you?");
          if (name !== `${other.id}`) throw new Error(`#${other.id} answered as #${name}`);
        });
        await Promise.all(answers);
        me.measure("others_met", others.length);
      },
      { timeout: "30s" },
    );
  },
);

const addressExchange = plan("address-exchange", { introductions });
export default addressExchange;
await main(import.meta, addressExchange);
