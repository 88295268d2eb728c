import {
  SessionLostError,
  StateLostError,
  SyncError,
  type SyncErrorCode,
  UnsupportedPrimitiveError,
  VersionConflictError,
} from "../error.ts";
import type { Frame } from "./fields.ts";

const CODES: Readonly<Record<SyncErrorCode, true>> = {
  timeout: true,
  connection: true,
  closed: true,
  aborted: true,
  "too-large": true,
  range: true,
  mismatch: true,
  reentrant: true,
  upgrade: true,
  failed: true,
  broken: true,
  conflict: true,
  unsupported: true,
  "state-lost": true,
  "session-lost": true,
  "not-owner": true,
  "outcome-unknown": true,
  "invalid-payload": true,
  protocol: true,
};

/** An error as fields of an extension frame, from which {@link errorIn} makes the same one again. */
export function errorFields(error: unknown): Frame {
  const message = messageOf(error);
  if (!(error instanceof SyncError)) return { error: message, code: "protocol" };
  const fields = { error: message, code: error.code };
  if (error instanceof StateLostError) {
    return { ...fields, expected: error.expected, found: error.found };
  }
  if (error instanceof SessionLostError) return { ...fields, session: error.session };
  if (error instanceof VersionConflictError) {
    return { ...fields, version: error.version, json: error.json };
  }
  if (error instanceof UnsupportedPrimitiveError) {
    return { ...fields, primitive: error.primitive, store: error.store };
  }
  return fields;
}

/** What went wrong, in words. Never empty, because an empty error means success on the wire. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message === "" ? "unknown error" : message;
}

/** The error a frame carries, if it carries one. */
export function errorIn(frame: Frame, name: string): SyncError | undefined {
  const message = frame["error"];
  if (typeof message !== "string" || message === "") return undefined;
  const code = frame["code"];
  if (!isCode(code)) return new SyncError("protocol", `${name}: ${message}`);
  const error = ofCode(code, message, frame);
  error.message = message;
  return error;
}

function ofCode(code: SyncErrorCode, message: string, frame: Frame): SyncError {
  const text = (name: string): string => String(frame[name] ?? "");
  if (code === "state-lost") return new StateLostError("", text("expected"), text("found"));
  if (code === "unsupported")
    return new UnsupportedPrimitiveError(text("primitive"), text("store"));
  if (code === "session-lost") return new SessionLostError("", text("session"), "");
  if (code === "conflict") return conflictIn(frame);
  return new SyncError(code, message);
}

function conflictIn(frame: Frame): VersionConflictError {
  const json = frame["json"];
  const found = typeof json === "string" ? { json, version: Number(frame["version"]) } : undefined;
  return new VersionConflictError("", 0, found);
}

function isCode(code: unknown): code is SyncErrorCode {
  return typeof code === "string" && Object.hasOwn(CODES, code);
}
