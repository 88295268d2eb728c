import { choreography, count, duration, plan, rest } from "@groundplan/dsl";
import { z } from "zod";

const opening = choreography(
  {
    params: z.object({
      late: z.number().int().default(0).describe("id of a server that never opens; 0: none"),
      patience: duration().default("30s").describe("how long all wait for all"),
    }),
    roles: { server: count(3), client: rest() },
  },
  (c) => {
    c.run("open", "server", {}, ({ me }) => me.sleep(me.id === c.params.late ? "1h" : "20ms"));
    const open = c.signal("opened", { at: "server" });
    c.waitFor("two-open", open, { at: "client", atLeast: 2 });
    c.run("call", "client", {}, ({ me }) => me.log("at least two servers are open"));
    c.barrier("all-done", { timeout: c.params.patience });
  },
);

export default plan("waiting", { opening });
