import { type Member, Membership, type Namespace } from "@groundplan/sync";

/** Joins under a name with an address, and resolves with everybody's once all are there. */
export async function addressBook(
  run: Namespace,
  me: string,
  address: string,
  all: readonly string[],
): Promise<{ readonly member: Member<string>; readonly addresses: ReadonlyMap<string, string> }> {
  const peers = new Membership<string>(run, "peers");
  const member = await peers.join(me, address);
  const members = await peers.awaitMembers(all, { timeoutMs: 10_000 });
  return { member, addresses: new Map(members.map(({ id, payload }) => [id, payload])) };
}
