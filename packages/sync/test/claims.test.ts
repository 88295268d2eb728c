import { jointClaimSuite } from "./claims.joint.suite.ts";
import { claimModelSuite } from "./claims.model.suite.ts";
import { claimSuite } from "./claims.suite.ts";
import { sessionSuite } from "./sessions.suite.ts";
import { onEverySetUp } from "./set-ups.ts";

onEverySetUp("claim queues", claimSuite);
onEverySetUp("claims of several queues together", jointClaimSuite);
onEverySetUp("sessions", sessionSuite);
onEverySetUp("claim queues against a model", claimModelSuite);
