import type { EndReport } from "../host/message.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * How an instance ended by the events it prints, whichever SDK it is written with: what fails after a success has
 * failed. One that ends without a word has crashed.
 */
export class StdoutOutcome {
  #said: EndReport | undefined;

  /** What the line says of the outcome, if it does. */
  note(line: string): EndReport | undefined {
    const said = outcomeIn(line);
    if (said !== undefined && (this.#said === undefined || this.#said.type === "ok")) {
      this.#said = said;
    }
    return said;
  }

  /** Once the process is gone. */
  end(how: string): EndReport {
    return this.#said ?? { type: "crashed", error: `it ${how} without an event of its outcome` };
  }
}

/** Whether a line is for programs: an event, or a line of an SDK's log. */
export function isSdkLine(line: string): boolean {
  const fields = parse(line);
  return fields !== undefined && ("event" in fields || "ts" in fields);
}

function outcomeIn(line: string): EndReport | undefined {
  if (!line.includes("_event") && !line.includes('"finish"')) return undefined;
  const event = parse(line)?.["event"];
  if (!isFields(event)) return undefined;
  if (isFields(event["success_event"])) return { type: "ok" };
  const { failure_event: failure, crash_event: crash } = event;
  if (isFields(failure)) return { type: "failed", error: textOf(failure["error"]) };
  if (isFields(crash)) return { type: "crashed", error: textOf(crash["error"]) };
  return event["type"] === "finish" ? ofOldSchema(event) : undefined;
}

/** Of SDKs until v0.2.5. */
function ofOldSchema({ outcome, error }: Fields): EndReport | undefined {
  if (outcome === "ok") return { type: "ok" };
  if (outcome === "failed" || outcome === "crashed") return { type: outcome, error: textOf(error) };
  return undefined;
}

function parse(line: string): Fields | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(error: unknown): string {
  return typeof error === "string" ? error : JSON.stringify(error ?? "");
}
