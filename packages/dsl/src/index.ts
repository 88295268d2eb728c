export type { Body, Needs, Values } from "./body.ts";
export type { CaseOptions, CaseSettings } from "./case-options.ts";
export {
  type Cast,
  castRoles,
  describeCast,
  fits,
  minimumInstances,
  type RoleRange,
  type RosterEntry,
} from "./cast.ts";
export type { Inside, ManyOf, OneOf, OutsideOf, Where } from "./census.ts";
export {
  type Choreography,
  type ChoreographyOptions,
  choreography,
  type DefineOptions,
} from "./choreography.ts";
export type { ChoreographySettings } from "./choreography-settings.ts";
export type { Definition } from "./definition.ts";
export { DefinitionError, type DefinitionErrorCode } from "./definition-error.ts";
export { type Duration, duration, durationMs } from "./duration.ts";
export type { Coordination } from "./fingerprint.ts";
export { firstDifference } from "./first-difference.ts";
export { jsonFault } from "./json.ts";
export type { LinkShape } from "./link-shape.ts";
export type { Agreed, Collected, Ref, Roster, Sendable, Signal } from "./located.ts";
export { main } from "./main.ts";
export type { Me } from "./me.ts";
export type { Member } from "./member.ts";
export { cleanName } from "./names.ts";
export { type CasesOptions, toCases } from "./perform/cases.ts";
export type { Outcome } from "./perform/conclude.ts";
export type { Journal, JournalEvent } from "./perform/journal.ts";
export { type Loss, reportLost } from "./perform/loss.ts";
export { type Instance, perform } from "./perform/perform.ts";
export { describeReport, parseReport, type Report } from "./perform/report.ts";
export { StageError, type StageErrorCode } from "./perform/stage-error.ts";
export { type Plan, plan } from "./plan.ts";
export type { Quantity } from "./quantity.ts";
export type { Random } from "./random.ts";
export type { RetryOptions } from "./retry.ts";
export {
  count,
  group,
  type Many,
  type ManyOptions,
  type One,
  type Outside,
  one,
  outside,
  type ParamValue,
  percent,
  type RoleData,
  type Roles,
  rest,
  sample,
  where,
} from "./roles.ts";
export { makeRoster } from "./roster.ts";
export type { AtOptions, BodyOptions, Scope, SendOptions, StageOptions } from "./scope.ts";
export { shapeOf } from "./shape.ts";
export type { RetryData, Stage } from "./stage.ts";
export { type TestCase, type TestContext, testcase } from "./testcase.ts";
export { toleratesLoss } from "./tolerance.ts";
export {
  custom,
  type Edge,
  type EdgesOf,
  full,
  type Link,
  line,
  random,
  ring,
  star,
  type Topology,
  type TopologyData,
  tree,
} from "./topology.ts";
export { edgesOf } from "./topology-edges.ts";
export type {
  BarrierOptions,
  ReceiveOptions,
  SignalOptions,
  WaitOptions,
  WireOptions,
} from "./wire-options.ts";
