import { groupModelSuite } from "./groups.model.suite.ts";
import { onEverySetUp } from "./set-ups.ts";

onEverySetUp("groups against a model", groupModelSuite);
