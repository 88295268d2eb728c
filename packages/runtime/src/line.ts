import { clip } from "./clip.ts";
import { errorText } from "./thrown.ts";

/** What every line of an instance says first. */
export interface LineHead {
  readonly group: string;
  readonly run: string;
}

/** Testground's runners stop reading at a line of 64 KiB. */
const MAX_LINE_BYTES = 60 * 1024;
/** For the label that tells the instances of one process apart. */
const LABEL_BYTES = 32;
/** The longest a text may be, tried in turn until the line is short enough. */
const TEXT_LIMITS = [56 * 1024, 28 * 1024, 14 * 1024, 4 * 1024, 1024, 128];

/** A line that carries an event; `bare` is what to say of an event that is long for another reason than its texts. */
export function eventLine(head: LineHead, event: object, bare: object = event): string {
  const start = `${headOf(head, "")},"event":`;
  return fit(
    (limit) => `${start}${encode(event, limit) ?? "{}"}}`,
    () => `${start}${encode(bare, 128) ?? "{}"}}`,
  );
}

/** A line of a plan's own log, fields after the message. */
export function logLine(
  head: LineHead,
  message: string,
  fields: Readonly<Record<string, unknown>>,
): string {
  const text = message === "" ? "(no message)" : message;
  return fit(
    (limit) => `${headOf(head, clip(text, limit))}${encodeFields(fields, limit)}}`,
    () => `${headOf(head, clip(text, 1024))},"note":"the fields are too long for a line"}`,
  );
}

/** An entry of a log of its own, level and time first as zap has them. Not bound to any length. */
export function logEntry(
  level: string,
  message: string,
  fields: Readonly<Record<string, unknown>>,
): string {
  const start = `{"level":${JSON.stringify(level)},"ts":${nanoseconds()},"msg":${JSON.stringify(message)}`;
  return `${start}${encodeFields(fields, Number.POSITIVE_INFINITY, ENTRY_NAMES)}}`;
}

/** The line with the instance's number in it. */
export function labelLine(line: string, instance: number): string {
  return `${line.slice(0, -1)},"instance":${instance}}`;
}

function headOf({ group, run }: LineHead, message: string): string {
  const [msg, groupId, runId] = [message, group, run].map((text) => JSON.stringify(text));
  return `{"ts":${nanoseconds()},"msg":${msg},"group_id":${groupId},"run_id":${runId}`;
}

const epoch = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

/** Since 1970. Beyond what a number holds exactly, hence digits and no arithmetic. */
export function nanoseconds(): string {
  return String(epoch + process.hrtime.bigint());
}

function fit(build: (limit: number) => string, shortest: () => string): string {
  for (const limit of TEXT_LIMITS) {
    const line = build(limit);
    if (Buffer.byteLength(line) <= MAX_LINE_BYTES - LABEL_BYTES) return line;
  }
  return shortest();
}

function encodeFields(
  fields: Readonly<Record<string, unknown>>,
  limit: number,
  reserved: ReadonlySet<string> = RESERVED,
): string {
  const taken = new Set<string>();
  let text = "";
  for (const [name, value] of Object.entries(fields)) {
    const json = encode(value, limit);
    if (json === undefined) continue;
    const free = freeName(name, taken, reserved);
    taken.add(free);
    text += `,${JSON.stringify(free)}:${json}`;
  }
  return text;
}

const RESERVED = new Set(["ts", "msg", "group_id", "run_id", "event", "instance"]);
const ENTRY_NAMES = new Set(["level", "ts", "msg"]);

/** A reserved name gets a `_`. Runners match names whatever their case, so `Event` is one too. */
function freeName(name: string, taken: ReadonlySet<string>, reserved: ReadonlySet<string>): string {
  const isReserved = reserved.has(name.normalize("NFKC").toLowerCase());
  return isReserved || taken.has(name) ? freeName(`${name}_`, taken, reserved) : name;
}

/** JSON of anything, texts clipped; `undefined` for what JSON leaves out. */
function encode(value: unknown, limit: number): string | undefined {
  try {
    return JSON.stringify(value, (_name, part) => plain(part, limit));
  } catch (error) {
    return JSON.stringify(
      clip(`not JSON: ${error instanceof Error ? errorText(error) : ""}`, limit),
    );
  }
}

function plain(part: unknown, limit: number): unknown {
  if (typeof part === "string") return clip(part, limit);
  if (typeof part === "bigint") return String(part);
  if (part instanceof Error) return clip(errorText(part), limit);
  return part;
}
