import { SyncError } from "../error.ts";

/** A JSON object from the wire: each field is unknown until one of the functions below has looked at it. */
export type Frame = Readonly<Record<string, unknown>>;

export function asFrame(value: unknown): Frame | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return value as Frame;
}

/** The frame a text holds. `undefined` if it holds none. */
export function parseFrame(text: string): Frame | undefined {
  try {
    return asFrame(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function textIn(frame: Frame, name: string): string {
  const value = frame[name];
  return typeof value === "string" ? value : mismatch(name, value, "a string");
}

/** `undefined` for what is absent or null. */
export function optionalTextIn(frame: Frame, name: string): string | undefined {
  return (frame[name] ?? undefined) === undefined ? undefined : textIn(frame, name);
}

export function wholeIn(frame: Frame, name: string): number {
  const value = frame[name];
  return Number.isSafeInteger(value) ? (value as number) : mismatch(name, value, "a whole number");
}

/** `undefined` for what is absent or null. */
export function optionalWholeIn(frame: Frame, name: string): number | undefined {
  return (frame[name] ?? undefined) === undefined ? undefined : wholeIn(frame, name);
}

/** Any number, also a fraction; `undefined` for what is absent or null. */
export function optionalNumberIn(frame: Frame, name: string): number | undefined {
  const value = frame[name] ?? undefined;
  return value === undefined || typeof value === "number"
    ? value
    : mismatch(name, value, "a number");
}

export function frameIn(frame: Frame, name: string): Frame {
  const value = frame[name];
  return asFrame(value) ?? mismatch(name, value, "an object");
}

export function framesIn(frame: Frame, name: string): readonly Frame[] {
  const value = frame[name];
  if (!Array.isArray(value)) return mismatch(name, value, "an array of objects");
  return value.map((item) => asFrame(item) ?? mismatch(name, item, "an array of objects"));
}

export function textsIn(frame: Frame, name: string): readonly string[] {
  const value = frame[name];
  const isTexts = Array.isArray(value) && value.every((item) => typeof item === "string");
  return isTexts ? value : mismatch(name, value, "an array of strings");
}

function mismatch(name: string, value: unknown, wanted: string): never {
  const found = JSON.stringify(value)?.slice(0, 40) ?? "nothing";
  throw new SyncError("protocol", `the frame's "${name}" is ${found}; it must be ${wanted}`);
}
