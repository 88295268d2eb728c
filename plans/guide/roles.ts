import { choreography, count, one, percent, plan, rest } from "@groundplan/dsl";
import { z } from "zod";

const swarm = choreography(
  {
    params: z.object({
      leeches: z.number().int().default(2).describe("instances that only take"),
    }),
    roles: { tracker: one(), leech: count("leeches"), witness: percent(20), seed: rest() },
  },
  (c) => {
    c.run("track", "tracker", {}, ({ me }) => me.log(`tracking ${me.members.length - 1} others`));
    c.run("share", ["leech", "seed"], {}, ({ me }) => me.log(`I am #${me.id}, a ${me.role}`));
    c.among(["leech", "seed"], (swarm) => {
      swarm.barrier("shared"); // the tracker and the witness pass at once
    });
  },
);

export default plan("roles", { swarm });
