import type { Fault } from "@groundplan/dsl/tools";
import { usage } from "../command-error.ts";

type Parts = Readonly<Record<string, string>>;
type Duration = `${number}s`;

const FORMS: readonly (readonly [form: RegExp, fault: (parts: Parts) => Fault])[] = [
  [
    /^(?<type>crash|throw|hang):(?<who>[^@]+)@(?<at>.+)$/,
    ({ type, who, at }) => ({ type: type as "crash", who: whoIn(who), at: at ?? "" }),
  ],
  [
    /^restart:(?<who>[^@]+)@(?<at>.+)\+(?<time>[^+]+)$/,
    ({ who, at, time }) => ({
      type: "restart",
      who: whoIn(who),
      at: at ?? "",
      after: timeIn(time),
    }),
  ],
  [
    /^slow:(?<who>[^*]+)\*(?<factor>[\d.]+)$/,
    ({ who, factor }) => ({ type: "slow", who: whoIn(who), factor: Number(factor) }),
  ],
  [
    /^late:(?<who>[^+]+)\+(?<time>.+)$/,
    ({ who, time }) => ({ type: "late", who: whoIn(who), by: timeIn(time) }),
  ],
  [
    /^cut:(?<who>[^@]+)@(?<from>.+)\.\.(?<to>.+)$/,
    ({ who, from, to }) => ({ type: "cut", who: whoIn(who), from: timeIn(from), to: timeIn(to) }),
  ],
  [/^resend:(?<share>[\d.]+)$/, ({ share }) => ({ type: "resend", share: Number(share) })],
];

/** `crash:peer@dial` as a fault; what it names is for the simulation to check. */
export function parseFault(text: string): Fault {
  for (const [form, fault] of FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts !== undefined) return fault(parts);
  }
  throw usage(
    `--fault ${text} is none: write crash:peer@dial, throw:3@dial, hang:peer@dial, restart:peer@dial+2s, ` +
      "slow:peer*10, late:peer+5s, cut:peer@1s..4s or resend:0.5",
  );
}

function whoIn(text = ""): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

/** Whether it is one, whoever uses it says. */
function timeIn(text = ""): Duration {
  return text as Duration;
}
