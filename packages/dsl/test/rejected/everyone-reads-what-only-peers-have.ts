import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const conn = c.run("dial", "peer", {}, () => ({ send: () => 1 }));
  c.everyone("use", { conn }, () => undefined);
});
