import type { MoveStage, Stage } from "../../stage.ts";
import type { StoreName } from "../circumstances.ts";
import type { Finding } from "../diagnostic.ts";
import { explanation } from "../explanation.ts";
import { bytesText, figure } from "../figures.ts";
import { TrafficModel } from "../traffic-model.ts";
import { at, type Subject } from "./subject.ts";

const LIMITS: Readonly<Record<StoreName, number>> = {
  memory: 2 ** 20,
  redis: 2 ** 20,
  testground: 30 * 2 ** 10,
};
const MESSAGES = 10_000_000;

/** GP201: values that are sent without a schema to validate them. */
export function valuesWithoutSchema(subject: Subject): readonly Finding[] {
  return movesOf(subject).flatMap((stage) => {
    if (subject.definition.schemas.has(stage.id)) return [];
    const topic = "topic" in stage ? stage.topic : undefined;
    const whose = topic === undefined ? "" : `, which others may publish on topic '${topic}' too,`;
    const text = `the value of ${stage.kind} '${stage.id}'${whose} has no schema: nothing checks what is sent and what arrives; give it one with { schema }`;
    return [at(subject, stage, { code: "GP201", level: "warning", text })];
  });
}

/** GP202: values that may take more than the store's limit for one. */
export function largeValues(subject: Subject): readonly Finding[] {
  const { situation, circumstances, definition } = subject;
  if (situation === undefined) return [];
  const { store = "redis" } = circumstances;
  const model = new TrafficModel(definition, situation, circumstances);
  return movesOf(subject).flatMap((stage) => {
    const { usual, most } = model.payload(stage);
    const bytes = Number.isFinite(most) ? most : usual;
    if (bytes <= LIMITS[store]) return [];
    const size = `${Number.isFinite(most) ? "up to" : "about"} ${bytesText(bytes)}`;
    const text = `a value of ${stage.kind} '${stage.id}' may take ${size}, and ${store} takes ${bytesText(LIMITS[store])} at most; send less, or where to fetch it`;
    return [at(subject, stage, { code: "GP202", level: "warning", text })];
  });
}

/** GP203: more messages than a run should need. */
export function manyMessages({
  definition,
  situation,
  circumstances,
}: Subject): readonly Finding[] {
  if (situation === undefined) return [];
  const { stages, store } = explanation(definition, circumstances);
  const messages = stages.map(({ id, acts, reads }) => ({ id, n: acts + reads }));
  const total = messages.reduce((sum, { n }) => sum + n, 0);
  if (total <= MESSAGES) return [];
  const most = messages.reduce((a, b) => (b.n > a.n ? b : a));
  const text = `a run of ${figure(situation.instances)} instances takes some ${figure(total)} messages on ${store}, ${figure(most.n)} of them in '${most.id}'; gather() at one role what not everybody needs, or run fewer rounds`;
  return [{ code: "GP203", level: "warning", text }];
}

function movesOf({ rows }: Subject): readonly MoveStage[] {
  return rows.map(({ stage }) => stage).filter(isMove);
}

function isMove(stage: Stage): stage is MoveStage {
  return "to" in stage;
}
