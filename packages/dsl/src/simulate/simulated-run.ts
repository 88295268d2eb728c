import type { Choreography } from "../choreography.ts";
import type { Definition } from "../definition.ts";
import { durationMs } from "../duration.ts";
import type { JournalEvent } from "../perform/journal.ts";
import { Shared } from "../perform/shared.ts";
import { seededRandom } from "../random.ts";
import { describeSimulation } from "./describe-simulation.ts";
import type { SimulationOptions } from "./options.ts";
import { instanceOutcome, runOutcome } from "./outcome-of.ts";
import { OutsideInstances } from "./outside-instances.ts";
import { allStages, noPlight, type Plight, plights, resentShare } from "./plight.ts";
import { RealWaits } from "./real-waits.ts";
import type { Trace } from "./recorded.ts";
import { RunningHash } from "./running-hash.ts";
import { type Seating, seating } from "./seats.ts";
import { SeenProgress } from "./seen-progress.ts";
import { withBodies } from "./simulated-bodies.ts";
import { SimulatedInstance, type StruckSeat, type World } from "./simulated-instance.ts";
import { SimulatedStore } from "./simulated-store.ts";
import type { Simulation } from "./simulation.ts";
import { VirtualTime } from "./virtual-time.ts";

/** A process that is not heard of for so long is taken for dead. */
const LEASE_MS = 15_000;
/** It is heard of so often. */
const HEARTBEAT_MS = 5_000;

/** One simulated run, from its instances to what it came to. */
export class SimulatedRun {
  readonly #options: SimulationOptions;
  readonly #seed: number;
  readonly #seating: Seating;
  readonly #plights: ReadonlyMap<number, Plight>;
  readonly #time: VirtualTime;
  readonly #store: SimulatedStore;
  readonly #draw: () => number;
  readonly #world: World;
  readonly #outside: OutsideInstances;
  readonly #definitions = new Map<Definition, Definition>();
  readonly #hash = new RunningHash();
  readonly #journal: JournalEvent[] = [];
  readonly #instances: SimulatedInstance[] = [];
  readonly #byEnv = new WeakMap<object, SimulatedInstance>();

  constructor(
    choreography: Choreography,
    options: SimulationOptions,
    { isTraced = false }: { readonly isTraced?: boolean } = {},
  ) {
    const { seed = 1, latency = ["1ms", "20ms"], faults = [], store = "sets" } = options;
    this.#options = options;
    this.#seed = seed;
    this.#seating = seating(choreography, options, `${seed}`);
    const { definition, seats, instances } = this.#seating;
    const members = seats.map(({ member }) => member);
    this.#plights = plights(definition, members, faults);
    this.#outside = new OutsideInstances(definition, options.outside ?? {});
    const random = seededRandom("simulation", seed);
    this.#draw = () => random.next();
    const realWaits = new RealWaits();
    this.#time = new VirtualTime(realWaits, ms(options.patience ?? "1s", "patience"));
    this.#store = new SimulatedStore(store, {
      begun: (key) => this.#useOutside(key),
      appended: (json) => this.#hash.text(json),
    });
    const [least, most] = latency;
    this.#world = {
      time: this.#time,
      store: this.#store,
      seed: `${seed}`,
      draw: this.#draw,
      wayMs: [ms(least, "latency") / 2, ms(most, "latency") / 2],
      resent: resentShare(faults),
      common: new Shared(),
      progress: new SeenProgress(this.#time),
      realWaits,
      isTraced,
      sidecar: allStages(definition.stages).some((stage) => "requires" in stage),
      instances,
      note: (event) => this.#note(event),
      vanished: (instance, restartMs) => this.#vanished(instance, restartMs),
    };
  }

  /** By process, what each did; empty unless the run is traced. */
  get traces(): readonly (readonly Trace[])[] {
    return this.#instances.map(({ traces }) => traces);
  }

  async simulation(): Promise<Simulation> {
    const spreadMs = ms(this.#options.spread ?? "500ms", "spread");
    for (const seat of this.#seating.seats) {
      const plight = this.#plights.get(seat.member.id) ?? noPlight();
      const instance = this.#seated({ ...seat, plight });
      this.#time.after(this.#draw() * spreadMs + plight.lateMs, () => instance.start());
      this.#scheduleCuts(instance, plight.cuts);
    }
    await this.#time.run();
    const simulation = this.#result();
    await Promise.all(this.#instances.map((instance) => instance.close()));
    return simulation;
  }

  #seated(seat: StruckSeat): SimulatedInstance {
    const instance = new SimulatedInstance(
      { ...seat, definition: this.#definitionFor(seat.definition) },
      this.#world,
    );
    this.#instances.push(instance);
    this.#byEnv.set(instance.env, instance);
    return instance;
  }

  #definitionFor(definition: Definition): Definition {
    const made =
      this.#definitions.get(definition) ??
      withBodies(definition, this.#options.stubs ?? {}, (env) => {
        const instance = this.#byEnv.get(env);
        return instance?.run ?? ((_, body) => body());
      });
    this.#definitions.set(definition, made);
    return made;
  }

  #note(event: JournalEvent): void {
    const { id, t, stage, event: what, text } = event;
    this.#hash.number(id);
    this.#hash.number(Math.round(t * 1_000));
    this.#hash.text(stage);
    this.#hash.text(what);
    if (text !== undefined) this.#hash.text(text);
    if (this.#options.journal ?? true) this.#journal.push(event);
  }

  #vanished({ session, seat }: SimulatedInstance, restartMs: number | undefined): void {
    const leaseMs = LEASE_MS - this.#draw() * HEARTBEAT_MS;
    this.#time.after(leaseMs, () => this.#store.expire(session));
    if (restartMs === undefined) return;
    const seq = this.#seating.seats.length + seat.seq;
    this.#time.after(restartMs, () => this.#seated({ ...seat, seq, plight: noPlight() }).start());
  }

  #scheduleCuts({ session }: SimulatedInstance, cuts: Plight["cuts"]): void {
    for (const [from, to] of cuts) {
      const leaseMs = LEASE_MS - this.#draw() * HEARTBEAT_MS;
      if (to - from < leaseMs) continue;
      this.#time.after(from + leaseMs, () => this.#store.expire(session));
    }
  }

  #useOutside(key: string): void {
    for (const [index, part] of this.#outside.at(key).entries()) {
      const requestId = `outside ${index}`;
      this.#time.after(this.#draw() * HEARTBEAT_MS, () => {
        if (part === "signal") this.#store.add(key, requestId);
        else this.#store.append(key, part.json, requestId);
      });
    }
  }

  #result(): Simulation {
    const instances = [...this.#instances];
    const ended = instances.map((each) => ({
      member: each.seat.member,
      outcome: instanceOutcome(each),
    }));
    const outcome = runOutcome(instances, this.#seating.definition);
    const figures = { seed: this.#seed, virtualMs: this.#time.now, events: this.#time.happened };
    for (const each of ended) this.#hash.text(each.outcome.type);
    const text = describeSimulation({ outcome, ended, instances, ...figures });
    return {
      outcome,
      text,
      instances: ended,
      journal: this.#journal,
      hash: this.#hash.digest,
      ...figures,
      value: (stage, id) => instances.find(({ seat }) => seat.member.id === id)?.values.get(stage),
    };
  }
}

function ms(value: Parameters<typeof durationMs>[0], option: string): number {
  return durationMs(value, `option ${option}`);
}

/** The types of parameters and roles are the caller's; a run only passes on what they describe. */
export function simulatedRun<P, R extends string>(
  choreography: Choreography<P, R>,
  options: SimulationOptions<P, R>,
  how: { readonly isTraced?: boolean } = {},
): SimulatedRun {
  return new SimulatedRun(choreography as Choreography, options as SimulationOptions, how);
}
