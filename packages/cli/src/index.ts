export { main } from "./main.ts";
export type { Program } from "./run/load-plan.ts";
