import type fc from 'fast-check';

/** Something that strangers can make read bytes, and what must hold whatever they send. */
export interface FuzzTarget {
  readonly name: string;
  /** Inside `npm test`. */
  readonly runs: number;
  readonly property: () => fc.IRawProperty<unknown> | Promise<fc.IRawProperty<unknown>>;
}
