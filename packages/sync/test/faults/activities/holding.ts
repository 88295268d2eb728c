import { unless, type Violation } from "../violation.ts";

/** What one instance knows of having held permits. Times are of the machine's monotonic clock, in µs. */
export interface Holding {
  readonly name: string;
  readonly permits: number;
  readonly token: number;
  /** When it was asked for, learnt of, and about to be given back. */
  readonly asked: number;
  readonly from: number;
  readonly to: number;
  /** It was told that it could not prove its ownership; who is told late, because it was frozen, has the token. */
  readonly isLost: boolean;
}

/** The same clock in every process of the machine, whatever they take for the time of day. */
export function machineTime(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** At no moment more permits than there are, and greater tokens for those who come later. */
export function checkHoldings(all: readonly Holding[], capacity: number): readonly Violation[] {
  const names = new Set(all.map(({ name }) => name));
  return [...names].flatMap((name) => {
    const mine = all.filter((holding) => holding.name === name);
    return [...overfull(name, mine, capacity), ...tokens(name, mine)];
  });
}

function overfull(name: string, all: readonly Holding[], capacity: number): readonly Violation[] {
  const sure = all.filter(({ isLost }) => !isLost);
  return sure.flatMap(({ from }) => {
    const together = sure.filter((other) => other.from <= from && from < other.to);
    const held = together.reduce((sum, { permits }) => sum + permits, 0);
    return unless(
      held <= capacity,
      "admissions over capacity",
      `${held} of ${capacity} permits of ${name} were held by ${JSON.stringify(together)}`,
    );
  });
}

/** Who asks when a grant is known gets a greater token. Of two that wait at once, either may learn of its own first. */
function tokens(name: string, all: readonly Holding[]): readonly Violation[] {
  const unique = new Set(all.map(({ token }) => token));
  const passed = all.flatMap((late) =>
    all
      .filter((early) => early.from < late.asked && early.token > late.token)
      .map((early) => JSON.stringify([early, late])),
  );
  return [
    ...unless(unique.size === all.length, "fencing tokens not increasing", `${name}: given twice`),
    ...unless(passed.length === 0, "fencing tokens not increasing", `${name}: ${passed[0]}`),
  ];
}
