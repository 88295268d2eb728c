/** The two arms of a branch. */
export interface BothArms<T> {
  readonly then: T;
  readonly else: T;
}

export function bothArms<T>(yes: T, no: T): BothArms<T> {
  return Object.freeze({ then: yes, else: no });
}
