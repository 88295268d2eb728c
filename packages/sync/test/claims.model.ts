/** A claim queue as a plain list: what every store must do, said in the fewest words. */
export interface Asked {
  readonly requestId: string;
  /** Which of the two namespaces asked. */
  readonly by: number;
  readonly permits: number;
}

export interface Granted extends Asked {
  readonly n: number;
}

export class ClaimModel {
  readonly declared: number;
  capacity: number;
  queue: readonly Asked[] = [];
  /** In the order of their tokens. */
  holders: readonly Granted[] = [];
  #tokens = 0;
  #requests = 0;

  constructor(capacity: number) {
    this.declared = capacity;
    this.capacity = capacity;
  }

  get used(): number {
    return this.holders.reduce((sum, { permits }) => sum + permits, 0);
  }

  ask(by: number, permits: number): Asked {
    return { requestId: `r${++this.#requests}`, by, permits };
  }

  /** Whether it is granted at once. */
  enter(asked: Asked): boolean {
    this.queue = [...this.queue, asked];
    this.#settle();
    return this.holders.some(({ requestId }) => requestId === asked.requestId);
  }

  canEnterAtOnce({ permits }: Asked): boolean {
    return this.queue.length === 0 && this.used + permits <= this.capacity;
  }

  leave(concerns: (asked: Asked) => boolean): void {
    this.queue = this.queue.filter((asked) => !concerns(asked));
    this.holders = this.holders.filter((granted) => !concerns(granted));
    this.#settle();
  }

  shrink(requestId: string, permits: number): void {
    this.holders = this.holders.map((granted) =>
      granted.requestId === requestId ? { ...granted, permits } : granted,
    );
    this.#settle();
  }

  resize(capacity: number): void {
    this.capacity = capacity;
    this.#settle();
  }

  #settle(): void {
    for (;;) {
      const [head, ...rest] = this.queue;
      if (head === undefined || this.used + head.permits > this.capacity) return;
      this.queue = rest;
      this.holders = [...this.holders, { ...head, n: ++this.#tokens }];
    }
  }
}
