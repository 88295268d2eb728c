import { plan, toCases } from "@groundplan/dsl";
import { runInstances } from "@groundplan/runtime";
import { workTogether } from "./churn-plan.ts";

/** A process with one instance of a run; it says where it is, and how it has ended. */
const [url = "", run = "", instances = "", loses = ""] = process.argv.slice(2);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const found = workTogether(loses === "one" ? "one" : "many", say);
const environment = {
  TEST_PLAN: "plan",
  TEST_CASE: "case",
  TEST_RUN: run,
  TEST_INSTANCE_COUNT: instances,
  TEST_GROUP_ID: "child",
  TEST_GROUP_INSTANCE_COUNT: "1",
  TEST_INSTANCE_PARAMS: "",
  GROUNDPLAN_ORDINAL: "0",
  GROUNDPLAN_SYNC: url,
};
const cases = toCases(plan("plan", { case: found }), { seed: "seed" });
const [result] = await runInstances(cases, [environment], { write: () => {} });
say(`${result?.type} ${result?.type === "ok" ? "" : result?.error.message}`);
process.exit();
