import { choreography, rest } from "@groundplan/dsl";

export default choreography({ roles: { peer: rest() } }, (c) => {
  const ready = c.signal("ready");
  c.waitFor("some", ready, { atLeast: "half" });
});
