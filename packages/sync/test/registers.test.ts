import { registerSuite } from "./registers.suite.ts";
import { onEverySetUp } from "./set-ups.ts";

onEverySetUp("registers", registerSuite);
