import type { GroupMember, GroupView, Joined, Namespace } from "@groundplan/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Ground } from "./set-ups.ts";

const IDS = ["a", "b", "c"] as const;

interface Step {
  readonly op: "join" | "update" | "leave" | "down" | "die";
  readonly who: 0 | 1;
  readonly id: (typeof IDS)[number];
  readonly json: string;
}

const steps = fc.array(
  fc.record<Step>({
    op: fc.constantFrom("join", "join", "update", "leave", "down", "die"),
    who: fc.constantFrom(0, 1),
    id: fc.constantFrom(...IDS),
    json: fc.constantFrom("1", "2"),
  }),
  { maxLength: 30 },
);

/** What a group is, said in the plainest way. */
class Model {
  version = 0;
  deaths = 0;
  members: (GroupMember & { readonly who: number })[] = [];

  /** What the operation answers: the ticket, or whether it was a member's. */
  apply({ op, who, id, json }: Step, ticket: number | undefined): number | boolean | "mismatch" {
    if (op === "die") return this.#die(who);
    const there = this.members.find((member) => member.id === id);
    if (op === "join") return this.#join(there, { who, id, json });
    if (there === undefined || there.ticket !== ticket || there.status === "down") return false;
    if (op === "leave") this.#remove(there);
    else if (op === "down") this.#fall(there);
    else this.#change(there, { json });
    return true;
  }

  get view(): GroupView {
    const { version, deaths } = this;
    const members = this.members.map(({ who: _, ...member }) => member);
    return { version, deaths, members: members.sort((a, b) => a.ticket - b.ticket) };
  }

  #join(
    there: Model["members"][number] | undefined,
    { who, id, json }: Omit<Step, "op">,
  ): number | "mismatch" {
    if (there?.status === "up") {
      if (there.who !== who) return "mismatch";
      if (there.json !== json) this.#change(there, { json });
      return there.ticket;
    }
    const ticket = ++this.version;
    this.members = this.members.filter((member) => member !== there);
    this.members.push({ who, id, json, status: "up", ticket, version: ticket });
    return ticket;
  }

  #die(who: number): boolean {
    for (const member of this.members) {
      if (member.who === who && member.status === "up") this.#fall(member);
    }
    return true;
  }

  #fall(member: Model["members"][number]): void {
    this.deaths++;
    this.#change(member, { status: "down" });
  }

  #change(member: Model["members"][number], change: Partial<GroupMember>): void {
    const version = ++this.version;
    this.members = this.members.map((other) =>
      other.id === member.id ? { ...other, ...change, version } : other,
    );
  }

  #remove(member: Model["members"][number]): void {
    this.version++;
    this.members = this.members.filter((other) => other !== member);
  }
}

export function groupModelSuite({ pair }: Ground): void {
  test("whatever is done to a group, it is what a plain model of it is", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const namespaces = await pair();
        const model = new Model();
        const joined = new Map<string, Joined>();
        for (const step of sequence) {
          const mine = joined.get(`${step.who} ${step.id}`);
          // Who never joined has nothing to change.
          if (mine === undefined && step.op !== "join" && step.op !== "die") continue;
          const expected = model.apply(step, mine?.ticket);
          expect(await perform(namespaces[step.who], step, mine, joined)).toBe(expected);
          expect(anyOrderOfDeaths(await namespaces[0].groups.view("g"))).toEqual(
            anyOrderOfDeaths(model.view),
          );
        }
        await Promise.all(namespaces.map((namespace) => namespace.close()));
      }),
      { numRuns: 40 },
    );
  });
}

async function perform(
  namespace: Namespace,
  { op, who, id, json }: Step,
  mine: Joined | undefined,
  joined: Map<string, Joined>,
): Promise<number | boolean | "mismatch"> {
  const { groups } = namespace;
  const mutation = { requestId: namespace.requestId() };
  if (op === "die") {
    await (await namespace.session()).end();
    return true;
  }
  if (op !== "join") {
    if (mine === undefined) return false;
    return op === "update"
      ? groups.update(mine, json, mutation)
      : groups.leave(mine, op === "leave" ? "left" : "down", mutation);
  }
  try {
    const made = await groups.join("g", id, json, mutation);
    joined.set(`${who} ${id}`, made);
    return made.ticket;
  } catch (error) {
    expect(error).toMatchObject({ code: "mismatch" });
    return "mismatch";
  }
}

/** Those who die together do so in no order. */
function anyOrderOfDeaths(view: GroupView): unknown {
  const members = view.members.map(({ version, ...member }) =>
    member.status === "down" ? member : { ...member, version },
  );
  return { ...view, members };
}
