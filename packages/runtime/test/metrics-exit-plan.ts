// A plan that leaves its process, for the tests of the metrics.
import { invoke } from "@groundplan/runtime";

await invoke({
  async leave(env) {
    env.results().counter("c").inc(3);
    process.exit(0);
  },
});
