import { outsideCount } from "../allotment.ts";
import type { Definition } from "../definition.ts";
import type { Stage } from "../stage.ts";
import { allStages } from "./plight.ts";
import { stateKey } from "./simulated-counters.ts";
import { topicKey } from "./simulated-logs.ts";
import { SimulationError } from "./simulation-error.ts";

/** What each of so many outside instances does with a state or topic. */
interface Part {
  readonly key: RegExp;
  readonly count: number;
  /** What the i-th, from 0, publishes; it signals where there is nothing. */
  readonly value: ((index: number) => unknown) | undefined;
}

/** What outside instances publish, by topic as the plan names it. */
export type OutsideValues = Readonly<Record<string, (index: number) => unknown>>;

/**
 * What the outside instances of a choreography do: they publish what they are said to and signal what is waited for,
 * as soon as somebody else uses the topic or state, so that nobody ever waits for them for long.
 */
export class OutsideInstances {
  readonly #parts: readonly Part[];

  /** @throws SimulationError `"bad-option"` for a topic without values. */
  constructor({ roles, stages }: Pick<Definition, "roles" | "stages">, values: OutsideValues) {
    this.#parts = allStages(stages).flatMap((stage) => {
      const count = outsideCount(roles, "from" in stage ? stage.from : stage.at);
      return count === 0 ? [] : partsIn(stage, count, values);
    });
  }

  /** What they do now that somebody uses the key for the first time. */
  at(key: string): readonly ({ readonly json: string } | "signal")[] {
    return this.#parts
      .filter((part) => part.key.test(key))
      .flatMap(({ count, value }) =>
        Array.from({ length: count }, (_, index) =>
          value === undefined ? "signal" : { json: JSON.stringify(value(index)) },
        ),
      );
  }
}

function partsIn(stage: Stage, count: number, values: OutsideValues): readonly Part[] {
  if ("topic" in stage && stage.topic !== undefined) {
    const value = values[stage.topic];
    if (value !== undefined) return [{ key: matching(topicKey(stage.topic)), count, value }];
    throw new SimulationError(
      "bad-option",
      `stage '${stage.id}' reads what outside instances publish on topic '${stage.topic}': say what with the option outside`,
      stage.id,
    );
  }
  if (!("state" in stage) || stage.state === undefined) return [];
  return [{ key: matching(stateKey(stage.state)), count, value: undefined }];
}

/** A name in any round. */
function matching(key: string): RegExp {
  const parts = key.split("{round}").map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[\\d.]+")}$`);
}
