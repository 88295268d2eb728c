/** The source of a plan with so many stages, of all kinds that authors use most, each reading what was made before. */
export function largePlan(stages: number): string {
  const blocks = Array.from({ length: Math.ceil(stages / STAGES_OF_A_BLOCK) }, (_, i) => block(i));
  return `import { choreography, one, percent, plan, random, rest } from "@groundplan/dsl";

const large = choreography(
  { roles: { seed: one(), miner: percent(20), peer: rest() }, timeout: "1h" },
  (c) => {
    const start0 = c.everyone("start", {}, ({ me }) => ({ id: me.id, text: me.role }));
${blocks.join("\n")}
  },
);
export default plan("large", { large });
`;
}

const STAGES_OF_A_BLOCK = 12;

function block(i: number): string {
  return `
    const own${i} = c.everyone("own-${i}", { start: start${i} }, ({ start, me }) => ({
      id: start.id + me.id,
      names: [me.role, start.text],
    }));
    const all${i} = c.exchange("all-${i}", own${i});
    const socket${i} = c.run("dial-${i}", "peer", { all: all${i} }, async ({ all, me }) => {
      await me.sleep("1ms");
      return { name: all.seed.names.join(), close: () => {} };
    }, { retry: { attempts: 3 }, timeout: "30s" });
    c.barrier("connected-${i}", { at: ["peer", "seed"], timeout: "1m" });
    const links${i} = c.connect("mesh-${i}", random(3), { all: all${i} }, ({ all, peer }) =>
      all.of(peer).id,
    );
    const rtts${i} = c.rounds("ping-${i}", 3, (round) => {
      const rtt = round.run("rtt", "peer", { socket: socket${i} }, ({ socket }) => socket.name.length);
      round.barrier("done");
      return rtt;
    });
    const results${i} = c.gather("results-${i}", "peer", "seed", rtts${i});
    const report${i} = c.run("report-${i}", "seed", { results: results${i} }, ({ results }) => ({
      count: results.peer.flat().length,
    }));
    const told${i} = c.broadcast("told-${i}", "seed", report${i});
    const start${i + 1} = c.everyone("start-${i}", { told: told${i}, links: links${i} }, ({ told, links }) => ({
      id: told.count + links.length,
      text: "again",
    }));`;
}
