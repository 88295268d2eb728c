/** Milliseconds, or text with its unit: `"250ms"`, `"0.5ms"`, `"2s"`. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h"}`;

/** Bits a second, with decimal prefixes: `"10mbit"` are ten million bits. Not bytes, whatever Testground's SDKs say. */
export type Bandwidth = `${number}${"kbit" | "mbit" | "gbit"}`;

/**
 * What happens to the packets that an instance sends on the data network. Percentages are 0 to 100. What is left out is
 * 0, and no limit: a shape replaces the one before it as a whole.
 */
export interface LinkShape {
  /** How long each packet is held back; 71 minutes at most. */
  readonly latency?: Duration;
  /** How much longer or shorter than `latency`. */
  readonly jitter?: Duration;
  readonly bandwidth?: Bandwidth;
  /** Percent of the packets that are lost. */
  readonly loss?: number;
  /** Percent of the packets in which a bit is wrong. */
  readonly corrupt?: number;
  /** How much, in percent, a packet's fate depends on that of the one before it. */
  readonly corruptCorrelation?: number;
  /** Percent of the packets that are sent at once, ahead of those that `latency` holds back; it takes a latency. */
  readonly reorder?: number;
  readonly reorderCorrelation?: number;
  /** Percent of the packets that are sent twice. */
  readonly duplicate?: number;
  readonly duplicateCorrelation?: number;
}
