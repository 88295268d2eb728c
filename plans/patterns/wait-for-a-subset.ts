import { EventEmitter, once } from "node:events";
import { choreography, count, type Me, main, one, plan, rest } from "@groundplan/dsl";
import { z } from "zod";
import { Address, ask, dial, listen, readLine } from "../net/tcp.ts";

/**
 * Light nodes begin once three validators of four have paid in. Who signals is declared, not counted by hand: prevents
 * targets typed by hand, and two roles that share a state by mistake.
 */
export const funding = choreography(
  {
    description: "light nodes begin once three validators of four have paid in",
    params: z.object({
      validators: z.number().int().positive().default(4).describe("instances that pay in"),
    }),
    roles: { bank: one(), validator: count("validators"), light: rest() },
    timeout: "1m",
  },
  (c) => {
    const opened = c.run("open", "bank", {}, ({ me }) => openBank(me));
    const bank = c.broadcast("bank", "bank", opened, { schema: Address });

    c.run(
      "pay",
      "validator",
      { bank },
      async ({ bank, me }) => {
        const validators = me.members.filter(({ role }) => role === "validator");
        const isSpare = validators.length >= 4 && me.id === validators.at(-1)?.id;
        // Whoever can be spared pays behind all looks, so nobody can have waited for it.
        if (isSpare) await ask(await dial(me, bank), "wait");
        await ask(await dial(me, bank), "pay");
      },
      { timeout: "30s" },
    );
    const paid = c.signal("paid", { at: "validator" });
    c.waitFor("enough-paid", paid, { at: "light", atLeast: "75%", timeout: "30s" });

    c.run("look", "light", { bank }, async ({ bank, me }) => {
      me.measure("payments_seen", Number(await ask(await dial(me, bank), "look")));
    });
  },
);

/** Counts what is paid, answers with it, and has those who ask to wait do so until all light nodes have looked. */
function openBank(me: Me): Promise<Address> {
  const lights = me.members.filter(({ role }) => role === "light").length;
  const looked = new EventEmitter();
  const counted = { payments: 0, looks: 0 };
  return listen(me, async (socket) => {
    const request = await readLine(socket);
    if (request === "pay") counted.payments += 1;
    if (request === "look") counted.looks += 1;
    if (counted.looks === lights) looked.emit("by all");
    if (request === "wait" && counted.looks < lights) await once(looked, "by all");
    socket.end(`${counted.payments}\n`);
  });
}

const waitForASubset = plan("wait-for-a-subset", { funding });
export default waitForASubset;
await main(import.meta, waitForASubset);
