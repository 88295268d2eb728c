import { clip } from "../clip.ts";

/** What kind of thing was measured, in Testground's words. */
type MetricType = "point" | "counter" | "ewma" | "gauge" | "histogram" | "meter" | "timer";

/** The figures of one observation, in alphabetical order of their names. */
export type Measures = Readonly<Record<string, number>>;

/** What was measured under a name at a moment. */
export interface Observation {
  /** Nanoseconds since 1970, as digits. */
  readonly ts: string;
  readonly type: MetricType;
  /** With its tags, if it has any: `rtt,peer=3`. */
  readonly name: string;
  readonly measures: Measures;
}

/** Something that measures, and is asked for its figures from time to time. */
export interface Instrument {
  readonly type: MetricType;
  /** What to call it in an error. */
  readonly kind: string;
  /** The figures as they are; those of a counter since it was made. */
  measures(): Measures;
  /** The figures to write down, after which counters and resetting histograms begin anew. */
  harvest(): Measures;
}

/** A line of `results.out` or `diagnostics.out`, with its line feed. */
export function observationLine({ ts, type, name, measures }: Observation): string {
  const json = `"type":"${type}","name":${goText(name)},"measures":${JSON.stringify(measures)}`;
  return `{"ts":${ts},${json}}\n`;
}

const MAX_NAME_BYTES = 4096;

/** JSON text as Go's encoder spells it. */
function goText(text: string): string {
  return JSON.stringify(clip(text, MAX_NAME_BYTES)).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
