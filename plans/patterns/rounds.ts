import { createHash } from "node:crypto";
import { choreography, main, plan, rest } from "@groundplan/dsl";
import { z } from "zod";
import { Address, ask, dial, echo, listen } from "../net/tcp.ts";

/**
 * Everyone pings the next in rounds that all begin together. The number of a round is in the names of its stages:
 * prevents states whose names lack the round, so that from the second on nobody waits for anybody.
 */
export const pings = choreography(
  {
    description: "everyone pings the next instance, in rounds that all begin together",
    params: z.object({
      rounds: z.number().int().positive().default(3).describe("pings of each instance"),
    }),
    roles: { node: rest({ min: 2 }) },
    timeout: "1m",
  },
  (c) => {
    const address = c.everyone("listen", {}, ({ me }) => listen(me, echo));
    const addresses = c.exchange("addresses", address, { schema: Address });
    const socket = c.everyone("dial", { addresses }, ({ addresses, me }) =>
      dial(me, addresses.of((me.id % addresses.size) + 1)),
    );
    const echoes = c.rounds("ping", c.params.rounds, (round) => {
      const answer = round.everyone("send", { socket }, ({ socket, me }) =>
        ask(socket, `${me.id}.${me.round}`),
      );
      round.barrier("sent", { timeout: "15s" });
      return answer;
    });
    c.everyone("check", { echoes }, ({ echoes, me }) => {
      const own = echoes.filter((answer, round) => answer === `${me.id}.${round}`);
      me.measure("own_echoes", own.length);
    });
  },
);

/**
 * All look for blocks until the chain is long enough. They end on a value that they agree on: prevents the stop signal
 * that some see a round later than the others.
 */
export const mine = choreography(
  {
    description: "all look for blocks until the chain is long enough, and stop in the same round",
    params: z.object({
      height: z.number().int().positive().default(5).describe("blocks to find together"),
      tries: z.number().int().positive().default(500).describe("nonces an instance tries a round"),
    }),
    roles: { miner: rest() },
    timeout: "1m",
  },
  (c) => {
    const chain = c.everyone("chain", {}, () => ({ height: 0 }));
    const heights = c.repeat("mine", { max: 100 }, (round) => {
      const found = round.everyone("search", {}, ({ me }) => {
        const nonces = Array.from({ length: c.params.tries }, () => me.random.int(2 ** 32));
        return nonces.filter(isBlock).length;
      });
      const blocks = round.reduce("blocks", "miner", found, sum, { schema: z.number().int() });
      const height = round.everyone("append", { chain, blocks }, ({ chain, blocks }) => {
        chain.height += blocks;
        return chain.height;
      });
      const schema = z.number().int();
      const lowest = round.reduce("lowest", "miner", height, (all) => Math.min(...all), { schema });
      const isEnough = (all: readonly number[]): boolean => all.every((h) => h >= c.params.height);
      const until = round.reduce("enough", "miner", height, isEnough, { schema });
      return { until, value: lowest };
    });
    c.everyone("report", { chain, heights }, ({ chain, heights, me }) => {
      me.measure("rounds", heights.length);
      me.measure("height", chain.height);
      me.measure("lowest_height", heights.at(-1) ?? 0);
    });
  },
);

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function isBlock(nonce: number): boolean {
  return createHash("sha256").update(`${nonce}`).digest("hex").startsWith("00");
}

const rounds = plan("rounds", { pings, mine });
export default rounds;
await main(import.meta, rounds);
