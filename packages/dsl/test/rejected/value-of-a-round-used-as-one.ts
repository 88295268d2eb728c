import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const rtts = c.rounds("ping", 3, (r) => r.run("rtt", "peer", {}, () => 12));
  c.run("report", "peer", { rtts }, ({ rtts, me }) => me.measure("rtt", rtts));
});
