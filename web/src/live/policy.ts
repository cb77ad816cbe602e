/** When a live run that is out of date is stopped. */

export interface Moment {
  /** How long the run goes on already, in ms. */
  readonly elapsed: number;
  /** How long such runs take, in ms; null while none has ended. */
  readonly usual: number | null;
  /** Since the last change, in ms. */
  readonly still: number;
}

/** After so long without a change the hand rests. */
export const REST = 120;
/** What stopping costs: the step that is being computed ends first. */
export const COST = 80;

/**
 * While the hand moves the run goes on to its end: stopping at every change would show no picture at all. Once the
 * hand rests, a run that is out of date only delays the right one, unless it is all but done.
 */
export function shouldStop({ elapsed, usual, still }: Moment): boolean {
  if (still < REST) return false;
  return usual === null || usual - elapsed > COST;
}

const WEIGHT = 0.3;

/** The usual time after one more run: the latest count most. */
export const learned = (usual: number | null, took: number): number => (usual === null ? took : usual * (1 - WEIGHT) + took * WEIGHT);
