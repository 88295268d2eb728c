import {
  type Lease,
  MultiLock,
  Mutex,
  type Namespace,
  ReadWriteLock,
  Semaphore,
} from "@groundplan/sync";
import { type Exclusive, exclusionSuite } from "./exclusion.suite.ts";
import { onEverySetUp } from "./set-ups.ts";

/** A lease as part of which every lock of the suite is seen. */
async function seen(asked: Promise<Lease>) {
  const lease = await asked;
  return {
    lost: lease.lost,
    tokens: [lease.token],
    release: () => lease.release(),
    [Symbol.asyncDispose]: () => lease[Symbol.asyncDispose](),
  };
}

function mutex(namespace: Namespace): Exclusive {
  const lock = new Mutex(namespace, "m");
  return {
    lock: (options) => seen(lock.lock(options)),
    run: (work) => lock.run(work),
    waiting: async () => (await lock.inspect()).queue.length,
  };
}

function semaphoreOfOne(namespace: Namespace): Exclusive {
  const lock = new Semaphore(namespace, "s", 1);
  return {
    lock: (options) => seen(lock.acquire(options)),
    run: (work) => lock.run(work),
    waiting: async () => (await lock.inspect()).queue.length,
  };
}

function writing(namespace: Namespace): Exclusive {
  const lock = new ReadWriteLock(namespace, "rw");
  return {
    lock: (options) => seen(lock.write(options)),
    run: (work) => lock.runWriting(work),
    waiting: async () => (await lock.inspect()).queue.length,
  };
}

/** Half of them name the locks the other way round. */
let made = 0;
function severalAtOnce(namespace: Namespace): Exclusive {
  const parts = [new Mutex(namespace, "x"), new Semaphore(namespace, "y", 2).share(2)];
  const lock = new MultiLock(namespace, made++ % 2 ? parts : parts.toReversed());
  return {
    lock: (options) => lock.lock(options),
    run: (work) => lock.run(work),
    waiting: async () => (await new Mutex(namespace, "x").inspect()).queue.length,
  };
}

onEverySetUp("mutex", (ground) => exclusionSuite(ground, mutex));
onEverySetUp("semaphore of one", (ground) => exclusionSuite(ground, semaphoreOfOne));
onEverySetUp("read-write lock, writing", (ground) => exclusionSuite(ground, writing));
onEverySetUp("multi-lock", (ground) => exclusionSuite(ground, severalAtOnce));
