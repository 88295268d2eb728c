import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const ready = c.signal("ready", { at: "seed" });
  c.run("use", "peer", { ready }, () => undefined);
});
