import type { Registry } from "prom-client";

let registry: Promise<Registry> | undefined;

/** Node's own metrics. There is one for the process: what measures them cannot be stopped again. */
export function processRegistry(): Promise<Registry> {
  registry ??= open();
  return registry;
}

async function open(): Promise<Registry> {
  const { collectDefaultMetrics, Registry } = await import("prom-client");
  const register = new Registry();
  collectDefaultMetrics({ register });
  return register;
}
