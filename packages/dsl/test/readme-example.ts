import { choreography, one, plan, rest } from "@groundplan/dsl";

export const greeting = choreography({ roles: { host: one(), guest: rest() } }, (c) => {
  const name = c.everyone("name", {}, ({ me }) => `${me.role} #${me.id}`);
  const names = c.exchange("names", name); // everybody's, at everybody
  c.run("greet", "guest", { names }, ({ names, me }) => me.log(`hello ${names.host}`));
  c.barrier("greeted", { timeout: "10s" });
});

export default plan("greetings", { greeting });
