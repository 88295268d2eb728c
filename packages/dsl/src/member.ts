/** One instance of a run, as the others know it. */
export interface Member {
  /** From 1; the members of a role have consecutive ids, in the order the roles are declared. */
  readonly id: number;
  readonly role: string;
  /** The Testground group the instance belongs to. */
  readonly group: string;
}
