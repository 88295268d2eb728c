import { connect } from "node:net";
import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const conn = c.run("dial", "peer", {}, () => ({ conn: connect(4001) }));
  c.gather("conns", "peer", "seed", conn);
});
