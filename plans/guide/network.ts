import { choreography, plan, rest, ring } from "@groundplan/dsl";
import { z } from "zod";
import { Address, dial, echo, listen, roundTripMs } from "../net/tcp.ts";

const links = choreography(
  {
    params: z.object({ shaped: z.boolean().default(false).describe("slow the links down") }),
    roles: { node: rest({ min: 2 }) },
  },
  (c) => {
    const address = c.everyone("listen", {}, ({ me }) => listen(me, echo));
    const addresses = c.exchange("addresses", address, { schema: Address });
    if (c.params.shaped) c.shape("slow", { latency: "50ms", bandwidth: "10mbit" });
    const links = c.connect(
      "links",
      ring(),
      { addresses },
      ({ addresses, peer, me }) => dial(me, addresses.of(peer)),
      { retry: { attempts: 3 }, timeout: "30s" },
    );
    c.everyone("ping", { links }, async ({ links, me }) => {
      for (const { value } of links) me.measure("rtt_ms", await roundTripMs(value));
    });
    c.barrier("pinged");
  },
);

export default plan("network", { links });
