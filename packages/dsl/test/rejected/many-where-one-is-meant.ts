import { choreography, one, rest } from "@groundplan/dsl";

declare function dial(addr: string): void;

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const addrs = c.exchange(
    "addrs",
    c.everyone("addr", {}, () => "10.0.0.1"),
  );
  c.run("dial", "seed", { addrs }, ({ addrs }) => dial(addrs.peer));
});
