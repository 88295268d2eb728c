import { jsonFault } from "../json.ts";
import type { JournalEvent } from "../perform/journal.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** One thing an instance did, for comparing two runs. */
export interface Trace {
  readonly t: number;
  readonly stage: string;
  readonly text: string;
}

/** The values of an instance, each of which is noted when it is there. */
export class TracedValues extends Map<string, unknown> {
  readonly #time: VirtualTime;
  readonly #traces: Trace[];

  constructor(time: VirtualTime, traces: Trace[]) {
    super();
    this.#time = time;
    this.#traces = traces;
  }

  override set(stage: string, value: unknown): this {
    const text = jsonFault(value) === undefined ? JSON.stringify(value) : typeof value;
    this.#traces.push({ t: this.#time.now, stage, text: `value ${text}` });
    return super.set(stage, value);
  }
}

export function traceOf(t: number, { stage, event, need, attempt, text }: JournalEvent): Trace {
  return { t, stage, text: [event, need, attempt, text].join(" ") };
}

/** Where two runs part: the earliest of what an instance did in one and not in the other. */
export function firstDifference(
  a: readonly (readonly Trace[])[],
  b: readonly (readonly Trace[])[],
): { readonly index: number; readonly one: Trace; readonly other: Trace | undefined } | undefined {
  const found = a.flatMap((traces, index) => {
    const others = b[index] ?? [];
    const at = traces.findIndex((trace, place) => !isSame(trace, others[place]));
    const one = traces[at] ?? others[traces.length];
    if (one === undefined) return [];
    return [{ index, one, other: at < 0 ? undefined : others[at] }];
  });
  return found.sort((x, y) => x.one.t - y.one.t)[0];
}

function isSame(a: Trace, b: Trace | undefined): boolean {
  return a.t === b?.t && a.stage === b.stage && a.text === b.text;
}
