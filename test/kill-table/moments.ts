import { readdirSync } from "node:fs";
import {
  type Definition,
  minimumInstances,
  type Plan,
  type Stage,
  toleratesLoss,
} from "@groundplan/dsl";

/** When an instance is killed. */
export interface Moment {
  /** Below `plans/`, without its ending. */
  readonly file: string;
  readonly case: string;
  readonly n: number;
  readonly stage: string;
  readonly role: string;
  /** `start`: before it has joined. `leave`: behind `@end`, with nothing left to do for it but its cleanups. */
  readonly event: "start" | "enter" | "leave";
  /** Whether the plan says that its role can lose one. */
  readonly isTolerated: boolean;
  /** Why nobody may come there, in a plan that is right. */
  readonly unless?: "in an arm" | "without a sidecar";
}

type Place = Pick<Moment, "stage" | "role" | "event" | "isTolerated" | "unless">;

/** So that the one that is killed has others beside it wherever its role allows that. */
const SMALL = 4;
const BY_HAND = 3;
const directory = new URL("../../plans/", import.meta.url);

/** Every moment of every test case of every plan in `plans/`, which are found by their place. */
export async function momentsOfAll(): Promise<readonly Moment[]> {
  const files = ["", "patterns/"].flatMap((folder) =>
    readdirSync(new URL(folder, directory))
      .filter((name) => name.endsWith(".ts"))
      .map((name) => `${folder}${name.slice(0, -".ts".length)}`),
  );
  return (await Promise.all(files.map(momentsOf))).flat();
}

/** Those of one plan. */
export async function momentsOf(file: string): Promise<readonly Moment[]> {
  const { default: plan }: { readonly default: Plan } = await import(`${directory}${file}.ts`);
  return Object.entries(plan.cases).flatMap(([name, found]) => {
    const known = { file, case: name };
    if (found.type === "testcase") {
      return placesByHand(name).map((place) => ({ ...known, n: BY_HAND, ...place }));
    }
    const definition = found.define();
    const n = Math.max(SMALL, minimumInstances(definition.roles));
    return placesIn(definition).map((place) => ({ ...known, n, ...place }));
  });
}

function placesIn({ roles, stages }: Definition): readonly Place[] {
  const inside = Object.keys(roles).filter((role) => roles[role]?.kind !== "outside");
  const isTolerated = (role: string): boolean => toleratesLoss(roles[role]);
  const found = stagesIn(stages);
  const needsSidecar = found.some(({ requires, isInArm }) => requires !== undefined && !isInArm);
  const end: Found = { id: "@end", at: inside };
  const start: Place = { stage: "@roster", role: "*", event: "start", isTolerated: false };
  const entered = [...found, end].flatMap(({ id, at, isInArm = false }) =>
    at
      .filter((role) => inside.includes(role))
      .map((role): Place => {
        const place = { stage: id, role, event: "enter", isTolerated: isTolerated(role) } as const;
        if (needsSidecar) return { ...place, unless: "without a sidecar" };
        return isInArm ? { ...place, unless: "in an arm" } : place;
      }),
  );
  const left = entered
    .filter(({ stage }) => stage === "@end")
    .map((place) => ({ ...place, event: "leave" }) as const);
  return [start, ...entered, ...left];
}

/** A case that coordinates by hand is one stage, and its group the role. */
function placesByHand(name: string): readonly Place[] {
  const place = { stage: name, role: "single", isTolerated: false } as const;
  return [
    { ...place, stage: "@roster", role: "*", event: "start" },
    { ...place, event: "enter" },
    { ...place, event: "leave" },
  ];
}

interface Found extends Pick<Stage, "id" | "at"> {
  readonly isInArm?: boolean;
  readonly requires?: "sidecar";
}

/** In order; rounds are none themselves, as nobody does anything there but what is inside. */
function stagesIn(stages: readonly Stage[], isInArm = false): readonly Found[] {
  return stages.flatMap((stage) => {
    const { id, at } = stage;
    const own: Found = { id, at, isInArm, ...("requires" in stage && { requires: "sidecar" }) };
    if (stage.kind === "rounds") return stagesIn(stage.stages, isInArm);
    if (stage.kind === "repeat") return [own, ...stagesIn(stage.stages, isInArm)];
    if (stage.kind !== "branch") return [own];
    return [own, ...stagesIn([...stage.then, ...stage.else], true)];
  });
}
