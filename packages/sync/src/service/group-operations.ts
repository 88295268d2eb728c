import type { GroupCount, Joined } from "../atoms/groups.ts";
import type { Namespace } from "../atoms/store.ts";
import type { Operations } from "./calls.ts";
import type { ClientSession } from "./client-session.ts";
import { type Frame, textIn, wholeIn } from "./fields.ts";

/** Groups for one client, in one run that it has opened and by the session that it has there. */
export function groupOperations({ groups }: Namespace, session: ClientSession): Operations {
  const mutationIn = (call: Frame): { readonly requestId: string } => ({
    requestId: textIn(call, "requestId"),
  });
  return {
    "groups.join": async (call) => {
      session.check(textIn(call, "session"));
      const [group, id, json] = [textIn(call, "name"), textIn(call, "id"), textIn(call, "json")];
      const { ticket } = await groups.join(group, id, json, mutationIn(call));
      return ticket;
    },
    "groups.update": (call) =>
      groups.update(joinedIn(call), textIn(call, "json"), mutationIn(call)),
    "groups.leave": (call) => {
      const as = textIn(call, "as") === "down" ? "down" : "left";
      return groups.leave(joinedIn(call), as, mutationIn(call));
    },
    "groups.withdraw": (call) => {
      session.check(textIn(call, "session"));
      return groups.withdraw(textIn(call, "name"), textIn(call, "id"), mutationIn(call));
    },
    "groups.page": (call, { signal }) =>
      groups.page(textIn(call, "name"), wholeIn(call, "after"), { signal }),
    "groups.changed": (call, { signal }) =>
      groups.changed(textIn(call, "name"), countIn(call), wholeIn(call, "after"), { signal }),
  };
}

/** As it joined. What makes it `lost` its client knows. */
function joinedIn(call: Frame): Joined {
  return {
    group: textIn(call, "name"),
    id: textIn(call, "id"),
    ticket: wholeIn(call, "ticket"),
    session: textIn(call, "session"),
    lost: new AbortController().signal,
  };
}

function countIn(call: Frame): GroupCount {
  return textIn(call, "what") === "deaths" ? "deaths" : "changes";
}
