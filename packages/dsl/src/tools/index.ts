export {
  type Fault,
  type OutsideValues,
  type SimulatedOutcome,
  type Simulation,
  SimulationError,
  type SimulationErrorCode,
  type SimulationOptions,
  type StoreKind,
  type Stub,
  type Sweep,
  type SweepOptions,
  type SweepRow,
  simulate,
  sweep,
  type Verdict,
  verifyDeterminism,
  type Who,
} from "../simulate/index.ts";
export { type CheckOptions, check } from "./check.ts";
export type { Circumstances, StoreName } from "./circumstances.ts";
export type { Diagnostic, DiagnosticCode } from "./diagnostic.ts";
export { type DrawingKind, draw } from "./draw.ts";
export { drawSvg } from "./draw-svg.ts";
export { explain } from "./explain.ts";
export { type ExplainedStage, type Explanation, explanation } from "./explanation.ts";
export { list } from "./list.ts";
export { type ManifestCase, type ManifestData, manifest, manifestData } from "./manifest.ts";
export { type InstanceRange, NO_MAXIMUM } from "./manifest-instances.ts";
export type { ManifestDefault, ManifestParam } from "./manifest-params.ts";
export type { PathStep, TimePath } from "./time-path.ts";
export type { Traffic } from "./traffic.ts";
