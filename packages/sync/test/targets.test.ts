import { onEverySetUp } from "./set-ups.ts";
import { targetSuite } from "./targets.suite.ts";

onEverySetUp("counters with targets", targetSuite);
