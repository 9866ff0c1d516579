// The numbers of an ascent step, for every peer; they are those of our own engine.

const RATE_END = 1e-10;
export const DECAY = 0.99;

/** Step size of step `t` of `steps`. */
export const rateAt = (start, t, steps) => start + ((RATE_END - start) * t) / steps;

/** Codes stay between 0 and this, mean + 3 std. */
export const boundOf = (mean, deviation) => mean.map((value, i) => value + 3 * deviation[i]);
