/** How a set of values is distributed. Everything is 0 where there are none. */
export interface Summary {
  /** Of all values there were, also where a sample keeps some only. */
  readonly count: number;
  readonly max: number;
  readonly mean: number;
  readonly min: number;
  readonly p50: number;
  readonly p75: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly p9999: number;
  /** Of the values as a whole population. */
  readonly stddev: number;
  readonly variance: number;
}

/** Count, mean and extremes of values. */
export interface Moments {
  readonly count: number;
  readonly max: number;
  readonly mean: number;
  readonly min: number;
  readonly variance: number;
}

/** `at` gives the value of a rank, from 1 for the smallest to `size`. */
export function summary(moments: Moments, size: number, at: (rank: number) => number): Summary {
  const { count, max, mean, min, variance } = moments;
  const percentile = (share: number): number => percentileOf(share, size, at);
  return {
    count,
    max,
    mean,
    min,
    p50: percentile(0.5),
    p75: percentile(0.75),
    p95: percentile(0.95),
    p99: percentile(0.99),
    p999: percentile(0.999),
    p9999: percentile(0.9999),
    stddev: Math.sqrt(variance),
    variance,
  };
}

/** Of values that are all kept; they are sorted in place. */
export function summaryOf(values: number[], count: number = values.length): Summary {
  values.sort((a, b) => a - b);
  const size = values.length;
  const at = (rank: number): number => values[rank - 1] ?? 0;
  const mean = size === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / size;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const variance = size === 0 ? 0 : squares / size;
  return summary({ count, max: at(size), mean, min: at(1), variance }, size, at);
}

/** Between two ranks in proportion, as the histograms of the Go SDK do. */
function percentileOf(share: number, size: number, at: (rank: number) => number): number {
  if (size === 0) return 0;
  const position = share * (size + 1);
  if (position < 1) return at(1);
  if (position >= size) return at(size);
  const rank = Math.floor(position);
  const lower = at(rank);
  return lower + (position - rank) * (at(rank + 1) - lower);
}
