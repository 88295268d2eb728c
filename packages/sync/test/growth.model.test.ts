import { growthModelSuite } from "./growth.model.suite.ts";
import { onEverySetUp } from "./set-ups.ts";

onEverySetUp("counters and logs against a model", growthModelSuite);
