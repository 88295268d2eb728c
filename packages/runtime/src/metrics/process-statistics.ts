import {
  constants,
  monitorEventLoopDelay,
  PerformanceObserver,
  performance,
} from "node:perf_hooks";
import type { MetricRegistry } from "./metric-registry.ts";
import type { Instrument, Measures } from "./observation.ts";

/** The instances that would record the process; the first of them does. */
const candidates = new Set<MetricRegistry>();
let recording: { readonly by: MetricRegistry; stop(): void } | undefined;
let succession: NodeJS.Timeout | undefined;

/** Instances that end together do not pass the statistics round. */
const SUCCESSION_MS = 5_000;

/**
 * Has Node's statistics of this process among these diagnostics, unless others have them already; then five seconds
 * after those are disposed of.
 */
export function recordProcess(diagnostics: MetricRegistry): Disposable {
  candidates.add(diagnostics);
  appoint();
  return {
    [Symbol.dispose]() {
      candidates.delete(diagnostics);
      if (recording?.by === diagnostics) {
        recording.stop();
        recording = undefined;
        succession = setTimeout(appoint, SUCCESSION_MS).unref();
      }
      if (candidates.size === 0) clearTimeout(succession);
    },
  };
}

function appoint(): void {
  clearTimeout(succession);
  const [first] = candidates;
  if (first !== undefined) recording ??= { by: first, stop: watch(first) };
}

function watch(diagnostics: MetricRegistry): () => void {
  watchMemory(diagnostics);
  diagnostics.gaugeF("node.cpu.user", () => process.cpuUsage().user / 1e6);
  diagnostics.gaugeF("node.cpu.system", () => process.cpuUsage().system / 1e6);
  const stops = [watchEventLoop(diagnostics), watchCollections(diagnostics)];
  return () => {
    for (const stop of stops) stop();
  };
}

function watchMemory(diagnostics: MetricRegistry): void {
  for (const kind of ["rss", "heapTotal", "heapUsed", "external", "arrayBuffers"] as const) {
    diagnostics.gaugeF(`node.memory.${kind}`, () => process.memoryUsage()[kind]);
  }
}

function watchEventLoop(diagnostics: MetricRegistry): () => void {
  diagnostics.register("node.eventLoop.utilization", new EventLoopUtilization());
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delay.enable();
  diagnostics.register("node.eventLoop.delay", new EventLoopDelay(delay));
  return () => void delay.disable();
}

const DELAY_RESOLUTION_MS = 20;

/** Which share of the time since the last harvest the event loop was busy. */
class EventLoopUtilization implements Instrument {
  readonly type = "gauge";
  readonly kind = "gauge";
  #since = performance.eventLoopUtilization();

  measures(): Measures {
    return { value: performance.eventLoopUtilization(this.#since).utilization };
  }

  harvest(): Measures {
    const measures = this.measures();
    this.#since = performance.eventLoopUtilization();
    return measures;
  }
}

/** How long after it was due a timer fired, in nanoseconds, since the last harvest. */
class EventLoopDelay implements Instrument {
  readonly type = "histogram";
  readonly kind = "histogram";
  readonly #delay: ReturnType<typeof monitorEventLoopDelay>;

  constructor(delay: ReturnType<typeof monitorEventLoopDelay>) {
    this.#delay = delay;
  }

  measures(): Measures {
    const { count, max, mean, min, stddev } = this.#delay;
    // What is measured is the time between two timers, one of which is the resolution.
    const late = (between: number): number =>
      count === 0 ? 0 : Math.max(0, between - DELAY_RESOLUTION_MS * 1e6);
    const percentile = (percent: number): number => late(this.#delay.percentile(percent));
    const deviation = count === 0 ? 0 : stddev;
    return {
      count,
      max: late(max),
      mean: late(mean),
      min: late(min),
      p50: percentile(50),
      p75: percentile(75),
      p95: percentile(95),
      p99: percentile(99),
      p999: percentile(99.9),
      p9999: percentile(99.99),
      stddev: deviation,
      variance: deviation ** 2,
    };
  }

  harvest(): Measures {
    const measures = this.measures();
    this.#delay.reset();
    return measures;
  }
}

const COLLECTIONS = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, "minor"],
  [constants.NODE_PERFORMANCE_GC_MAJOR, "major"],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, "incremental"],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, "weakcb"],
]);

/** Pauses by kind of garbage collection, in nanoseconds. */
function watchCollections(diagnostics: MetricRegistry): () => void {
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const pauses = diagnostics.resettingHistogram(`node.gc,kind=${collectionKind(entry)}`);
      pauses.update(Math.round(entry.duration * 1e6));
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  return () => observer.disconnect();
}

function collectionKind(entry: object): string {
  const detail: unknown = "detail" in entry ? entry.detail : undefined;
  const hasKind = typeof detail === "object" && detail !== null && "kind" in detail;
  return (hasKind ? COLLECTIONS.get(Number(detail.kind)) : undefined) ?? "other";
}
