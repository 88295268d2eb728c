import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const me = c.everyone("name", {}, () => "me");
  c.run("greet", "peer", { me }, () => undefined);
});
