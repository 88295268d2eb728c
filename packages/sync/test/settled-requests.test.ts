import { onEverySetUp } from "./set-ups.ts";
import { settledRequestsSuite } from "./settled-requests.suite.ts";

onEverySetUp("requests that are settled", settledRequestsSuite);
