import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  c.shape("slow", { delay: "20ms" });
});
