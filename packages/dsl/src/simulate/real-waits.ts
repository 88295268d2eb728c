/**
 * How many bodies wait for something real, such as a socket. As long as one does, virtual time stands still; but not for
 * longer than patience lasts, since what it waits for may need that others go on.
 */
export class RealWaits {
  #waiting = 0;
  /** Those that were waited for long enough. */
  #givenUp = 0;

  /** Whether something is waited for that has not been for long. */
  get isAwaited(): boolean {
    return this.#waiting > this.#givenUp;
  }

  get isGivenUp(): boolean {
    return this.#givenUp > 0;
  }

  giveUp(): void {
    this.#givenUp = this.#waiting;
  }

  hopeAgain(): void {
    this.#givenUp = 0;
  }

  change(by: number): void {
    this.#waiting += by;
    // One that has returned after all is as likely one of those as not.
    this.#givenUp = Math.min(this.#givenUp, this.#waiting);
  }
}
