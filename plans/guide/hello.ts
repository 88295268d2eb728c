import { choreography, main, plan, rest } from "@groundplan/dsl";
import { z } from "zod";

const hello = choreography({ roles: { node: rest() } }, (c) => {
  const name = c.everyone("name", {}, ({ me }) => `instance ${me.id}`);
  const names = c.exchange("names", name, { schema: z.string() });
  c.everyone("greet", { names }, ({ names, me }) => {
    for (const [member, name] of names.entries()) if (member.id !== me.id) me.log(`hello, ${name}`);
  });
});

const hellos = plan("hello", { hello });
export default hellos;
await main(import.meta, hellos);
