import { describe, expect, test } from "vitest";
import { killAt } from "./kill-table/kill.ts";
import { momentsOf, momentsOfAll } from "./kill-table/moments.ts";
import { describeMoment, isRight } from "./kill-table/table.ts";

/** A machine that is busy with other things must not be the reason. */
const PROMPT_MS = 15_000;

/** Few enough for every day; `npm run kill-table` takes all plans. */
const plans = ["patterns/failure-propagation", "ping-pong"];
const moments = (await Promise.all(plans.map(momentsOf))).flat();

describe("one instance that is killed ends the run with the right blame, or is tolerated as the plan says", () => {
  test.each(moments.map((moment) => [describeMoment(moment), moment] as const))(
    "%s",
    async (_, moment) => {
      const verdict = await killAt(moment, PROMPT_MS);
      expect(isRight({ moment, verdict }), `${verdict.type}\n${verdict.text}`).toBe(true);
    },
  );
});

test("the table has every role of every stage, and the moments before and behind them all", async () => {
  const places = (await momentsOfAll())
    .filter(({ file, case: name }) => file === "ping-pong" && name === "ping-pong")
    .map(({ event, role, stage }) => `${event} ${role} ${stage}`);
  expect(places).toEqual([
    "start * @roster",
    "enter seed listen",
    "enter peer listen",
    "enter seed addresses",
    "enter peer addresses",
    "enter peer dial",
    "enter seed connected",
    "enter peer connected",
    "enter peer ping/rtt",
    "enter seed ping/done",
    "enter peer ping/done",
    "enter seed results",
    "enter peer results",
    "enter seed report",
    "enter seed @end",
    "enter peer @end",
    "leave seed @end",
    "leave peer @end",
  ]);
});
