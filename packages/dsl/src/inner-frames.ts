import type { Declaration } from "./declaration.ts";
import type { Frame } from "./frame.ts";

export function roundsFrame(stage: Declaration): Frame {
  return stage.inner({
    title: `rounds '${stage.id}'`,
    isRepeated: true,
    prefix: `${stage.id}/`,
    remedy:
      "which have ended; return it from their function and use the list that rounds() returns",
  });
}

export function repeatFrame(stage: Declaration): Frame {
  return stage.inner({
    title: `repeat '${stage.id}'`,
    isRepeated: true,
    prefix: `${stage.id}/`,
    remedy:
      "which has ended; return it as the value of its function and use the list that repeat() returns",
  });
}

export function armFrame(stage: Declaration, which: "then" | "else"): Frame {
  return stage.inner({
    title: `'${which}' of branch '${stage.id}'`,
    prefix: `${stage.id}/${which}/`,
    remedy: "which has ended; return a value from both arms and use what branch() returns",
  });
}
