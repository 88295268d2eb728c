import { type Choreography, choreography, one, rest } from "@groundplan/dsl";

/** What an instance is to say where it works. */
type Say = (text: string) => void;

/** Two stages that all meet in, around work that the instance of the group `child` does not survive. */
export function workTogether(loses: "one" | "many", say: Say = () => {}): Choreography<never> {
  const roles =
    loses === "one"
      ? { seed: one({ group: "child" }), peer: rest() }
      : { seed: one({ group: "here" }), peer: rest({ atLeast: 2 }) };
  return choreography({ roles, timeout: "3m", join: "60s" }, (c) => {
    const id = c.everyone("id", {}, ({ me }) => me.id);
    c.barrier("started");
    c.everyone("work", {}, async ({ me }) => {
      if (me.group !== "child") return;
      say("working");
      await me.sleep("2m");
    });
    const ids = c.exchange("ids", id);
    c.everyone("look", { ids }, ({ ids, me }) => {
      say(`${me.id} sees ${[...ids]} of ${me.members.map((each) => each.id)}`);
    });
  });
}
