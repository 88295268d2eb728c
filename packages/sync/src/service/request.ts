import { asFrame, type Frame } from "./fields.ts";

/** What a client asks for. `hello` and `call` are Groundplan's, the rest is Testground's protocol. */
export type Request = { readonly id: string } & (
  | { readonly type: "cancel" | "nothing" }
  | { readonly type: "hello"; readonly client: string }
  | { readonly type: "publish"; readonly topic: string; readonly json: string }
  | { readonly type: "subscribe"; readonly topic: string }
  | { readonly type: "barrier"; readonly state: string; readonly target: number }
  | { readonly type: "signal"; readonly state: string }
  | { readonly type: "call"; readonly call: Frame }
);

type Body<T = Request> = T extends unknown ? Omit<T, "id"> : never;

/** In the order of precedence. */
const BODIES: readonly (readonly [name: string, read: (body: Frame) => Body])[] = [
  ["publish", readPublish],
  ["subscribe", (body) => ({ type: "subscribe", topic: text(body, "topic") })],
  ["barrier", readBarrier],
  ["signal_entry", (body) => ({ type: "signal", state: text(body, "state") })],
];

/**
 * Reads a frame as Testground's service does: absent and `null` are the empty value, letter case in names is free,
 * unknown fields are ignored. Throws for what is not JSON or not of the right type.
 */
export function parseRequest(json: string, extension: boolean): Request {
  const parsed: unknown = JSON.parse(json);
  const frame = parsed === null ? {} : asFrame(parsed);
  if (frame === undefined) throw new TypeError("a request is a JSON object");
  const id = text(frame, "id");
  if (flag(frame, "is_cancel")) return { type: "cancel", id };
  return { id, ...((extension ? readExtension(frame) : undefined) ?? readBody(frame)) } as Request;
}

function readExtension(frame: Frame): Body | undefined {
  const call = asFrame(frame["call"]);
  if (call !== undefined) return { type: "call", call };
  const hello = asFrame(frame["hello"]);
  return hello === undefined ? undefined : { type: "hello", client: text(hello, "client") };
}

function readBody(frame: Frame): Body {
  for (const [name, read] of BODIES) {
    const value = field(frame, name);
    if (value === undefined) continue;
    const body = asFrame(value);
    if (body === undefined) throw new TypeError(`${name} is an object`);
    return read(body);
  }
  return { type: "nothing" };
}

function readPublish(body: Frame): Body {
  // Numbers go through float64 and whitespace goes away, as in Testground's service; the order of keys stays.
  const json = JSON.stringify(field(body, "payload") ?? null);
  return { type: "publish", topic: text(body, "topic"), json };
}

function readBarrier(body: Frame): Body {
  const target = field(body, "target") ?? 0;
  if (!Number.isSafeInteger(target)) throw new TypeError("target is a whole number");
  return { type: "barrier", state: text(body, "state"), target: target as number };
}

function text(frame: Frame, name: string): string {
  const value = field(frame, name) ?? "";
  if (typeof value !== "string") throw new TypeError(`${name} is a string`);
  return value;
}

function flag(frame: Frame, name: string): boolean {
  const value = field(frame, name) ?? false;
  if (typeof value !== "boolean") throw new TypeError(`${name} is a boolean`);
  return value;
}

/** `undefined` for what is absent or null. */
function field(frame: Frame, name: string): unknown {
  if (Object.hasOwn(frame, name)) return frame[name] ?? undefined;
  const spelled = Object.keys(frame).find((key) => key.toLowerCase() === name);
  return spelled === undefined ? undefined : (frame[spelled] ?? undefined);
}
