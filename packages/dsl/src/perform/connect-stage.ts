import { setMaxListeners } from "node:events";
import type { Member } from "../member.ts";
import type { BodyStage } from "../stage.ts";
import type { Link } from "../topology.ts";
import { edgesOf } from "../topology-edges.ts";
import { type BodyVisit, whom } from "./body-visit.ts";
import { membersOf, type Performer } from "./performer.ts";
import { runBody } from "./run-body.ts";
import { StageError } from "./stage-error.ts";

type ConnectStage = BodyStage & { readonly kind: "connect" };

/** Runs the body for each of the instance's outgoing edges at once; the first that fails ends the others. */
export async function connectAll(
  visit: BodyVisit,
  stage: ConnectStage,
): Promise<readonly Link<unknown>[]> {
  const { performer, key, ending } = visit;
  const peers = peersByDialler(performer, stage, key).get(performer.me.id) ?? [];
  // Each edge listens to it; Node warns of a leak from the eleventh.
  setMaxListeners(0, ending.signal);
  performer.progress.set(performer.me.id, key, "body");
  return Object.freeze(await Promise.all(peers.map((peer) => connect(visit, peer))));
}

async function connect(visit: BodyVisit, peer: Member): Promise<Link<unknown>> {
  const edge: BodyVisit = { ...visit, peer, open: undefined };
  visit.open?.add(edge);
  try {
    return Object.freeze({ peer, value: await runBody(edge) });
  } catch (error) {
    if (!(error instanceof StageError) || visit.ending.signal.aborted) throw error;
    const { code, message, cause } = error;
    throw new StageError(code, visit.key, `towards ${whom(peer)}: ${message}`, { cause });
  } finally {
    visit.open?.delete(edge);
  }
}

type Peers = ReadonlyMap<number, readonly Member[]>;

/** Whom each member dials. Once a process, as it is the same for all. */
function peersByDialler(performer: Performer, stage: ConnectStage, key: string): Peers {
  const members = membersOf(performer, stage.at);
  return performer.shared.once(`edges ${key}`, () => {
    const byId = new Map(members.map((member) => [member.id, member]));
    const peers = new Map<number, Member[]>();
    for (const [from, to] of edges(performer, stage, key, members)) {
      const peer = byId.get(to);
      if (peer === undefined) continue;
      const own = peers.get(from) ?? [];
      own.push(peer);
      peers.set(from, own);
    }
    return peers;
  });
}

function edges(
  { definition, seed }: Performer,
  { id, topology: data }: ConnectStage,
  key: string,
  members: readonly Member[],
): ReturnType<typeof edgesOf> {
  const custom = definition.edges.get(id);
  try {
    const topology = custom === undefined ? { data } : { data, edges: custom };
    return edgesOf(topology, members, seed, key);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new StageError("bad-topology", key, message, { cause });
  }
}
