/**
 * `"silent"`: no instance hears of it, so that nothing has to settle before the next event. `"limit"`: somebody's time is
 * up.
 */
export type EventKind = "silent" | "heard" | "limit";

/** Something that happens at a moment of virtual time. */
export interface VirtualEvent {
  /** Whole microseconds. */
  readonly at: number;
  /** Tells events of one moment apart: the first scheduled happens first. */
  readonly order: number;
  /** `undefined` once it is called off. */
  run: (() => void) | undefined;
  readonly kind: EventKind;
}

/** Events in the order in which they happen: a binary heap, in which those called off stay until they are due. */
export class EventQueue {
  #heap: VirtualEvent[] = [];

  get size(): number {
    return this.#heap.length;
  }

  get first(): VirtualEvent | undefined {
    return this.#heap[0];
  }

  push(event: VirtualEvent): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(event, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
  }

  pop(): VirtualEvent | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) this.#sink(last, 0);
    return first;
  }

  /** Forgets those that were called off. */
  sweep(): void {
    this.#heap = this.#heap.filter(({ run }) => run !== undefined);
    for (let index = (this.#heap.length >> 1) - 1; index >= 0; index--) {
      const event = this.#heap[index];
      if (event !== undefined) this.#sink(event, index);
    }
  }

  #sink(event: VirtualEvent, from: number): void {
    const heap = this.#heap;
    let index = from;
    for (;;) {
      const left = 2 * index + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      if (a === undefined) break;
      const goesRight = b !== undefined && isBefore(b, a);
      const child = goesRight ? b : a;
      if (!isBefore(child, event)) break;
      heap[index] = child;
      index = goesRight ? left + 1 : left;
    }
    heap[index] = event;
  }
}

function isBefore(a: VirtualEvent, b: VirtualEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
