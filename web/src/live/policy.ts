/** When a live run that is out of date is stopped. */

export interface Moment {
  /** How long the run goes on already, in ms. */
  readonly elapsed: number;
  /** How long such runs take, in ms; null while none has ended. */
  readonly usual: number | null;
  /** Since the last change, in ms. */
  readonly still: number;
  /** How long there has been work without a new picture, in ms. */
  readonly blind: number;
}

/** After so long without a change the hand rests. */
export const REST = 150;
/** What stopping costs: the step that is being computed ends first. */
const COST = 80;

/** After so many usual times without a new picture the next one is let through, up to date or not. */
const PATIENCE = 1.5;

/**
 * While the hand moves the run goes on to its end: stopping at every change would show no picture at all. Once the
 * hand rests, a run that is out of date only delays the right one, unless it is all but done. A hand that rests again
 * and again still sees pictures.
 */
export function shouldStop({ elapsed, usual, still, blind }: Moment): boolean {
  if (still < REST) return false;
  if (usual === null) return true;
  return usual - elapsed > COST && blind < usual * PATIENCE;
}

const WEIGHT = 0.3;

/** The usual time after one more run: the latest count most. */
export const learned = (usual: number | null, took: number): number => (usual === null ? took : usual * (1 - WEIGHT) + took * WEIGHT);
