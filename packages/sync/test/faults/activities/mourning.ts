import { activity, allNotes } from "../activity.ts";
import { unless } from "../violation.ts";

const TOPIC = "last words";

/** What a process says until it is killed, everybody hears: in order, once, and all that it had an answer for. */
export const mourning = activity<{ readonly heard: readonly number[]; readonly answered: number }>({
  name: "mourning",
  async perform({ client, ...instance }, note) {
    const heard: number[] = [];
    await instance.do("subscribe", async (wait) => {
      for await (const word of client.subscribe<number | { answered: number }>(TOPIC, wait)) {
        if (typeof word === "number") heard.push(word);
        else return note({ heard, answered: word.answered });
      }
    });
  },
  check: (outcome) =>
    allNotes(outcome).flatMap(({ heard, answered }) =>
      unless(
        heard.every((word, i) => word === i + 1) &&
          heard.length >= answered &&
          heard.length <= answered + 1,
        "lost or reordered messages",
        `${answered} words were answered before the death, and ${heard} were heard`,
      ),
    ),
});

/** Says one word after the other, for as long as it lives. */
export async function speakUntilDeath(
  publish: (topic: string, word: number) => Promise<number>,
  answered: (word: number) => void,
): Promise<never> {
  for (let word = 1; ; word++) {
    await publish(TOPIC, word);
    answered(word);
  }
}

/** Tells the mourners that it is over, and how many words were answered. */
export async function closeTheBook(
  publish: (topic: string, end: { answered: number }) => Promise<number>,
  answered: number,
): Promise<void> {
  await publish(TOPIC, { answered });
}
