import { LeaderElection, type Namespace } from "@groundplan/sync";

/** Serves once everybody who came before has done so or is gone; observers learn the address. */
export function lead(
  run: Namespace,
  address: string,
  serve: (term: number, lost: AbortSignal) => Promise<void>,
): Promise<void> {
  const election = new LeaderElection<string>(run, "server", { candidate: address });
  return election.run(({ term, lost }) => serve(term, lost), { payload: address });
}

/** Where the leader is, as soon as there is one. */
export async function findLeader(run: Namespace): Promise<string> {
  const election = new LeaderElection<string>(run, "server");
  for await (const leader of election.observe({ timeoutMs: 10_000 })) {
    if (leader !== undefined) return leader.payload;
  }
  throw new Error("the run is over");
}
