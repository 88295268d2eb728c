import { choreography, one, outside } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), go: outside(3) } }, (c) => {
  const addr = c.everyone("addr", {}, () => "10.0.0.1");
  const addrs = c.exchange("addrs", addr);
  c.everyone("look", { addrs }, ({ addrs }) => addrs.go);
});
