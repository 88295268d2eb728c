import { choreography, one, outside } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), go: outside(3) } }, (c) => {
  c.run("dial", "go", {}, () => 1);
});
