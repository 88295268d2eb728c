import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  c.exchange(
    "addrs",
    c.everyone("addr", {}, () => "10.0.0.1"),
  );
  c.run("dial", "peer", {}, ({ addrs }) => addrs);
});
