import { Gauge, Registry } from "prom-client";
import type { MetricsKind } from "./influx-feed.ts";
import type { MetricRegistry } from "./metric-registry.ts";

/**
 * Makes a Prometheus registry that has the metrics of an instance as they are when it is read: the gauges
 * `groundplan_results` and `groundplan_diagnostics`, with a series for each metric and measure.
 *
 * Reading is no harvest. Counters are given since their beginning, and so grow only; points are not kept.
 */
export function prometheusRegistry(
  metrics: Readonly<Record<MetricsKind, MetricRegistry>>,
): Registry {
  const registry = new Registry();
  expose(registry, "results", metrics.results);
  expose(registry, "diagnostics", metrics.diagnostics);
  return registry;
}

function expose(registry: Registry, kind: MetricsKind, metrics: MetricRegistry): void {
  const gauge = new Gauge({
    name: `groundplan_${kind}`,
    help: `The ${kind} of the instance`,
    labelNames: ["name", "type", "measure"],
    registers: [registry],
    collect(): void {
      gauge.reset();
      for (const { name, type, measures } of metrics.observe()) {
        for (const [measure, value] of Object.entries(measures)) {
          gauge.set({ name, type, measure }, value);
        }
      }
    },
  });
}
