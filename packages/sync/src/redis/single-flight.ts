/** Questions under way. Who asks one that is under way already shares its answer. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Promise<T>>();

  ask(question: string, answer: () => Promise<T>): Promise<T> {
    const under = this.#flights.get(question);
    if (under !== undefined) return under;
    const flight = answer().finally(() => this.#flights.delete(question));
    this.#flights.set(question, flight);
    return flight;
  }
}
