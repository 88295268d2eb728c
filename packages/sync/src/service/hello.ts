import { FEATURES, type Feature } from "../atoms/features.ts";
import { SyncError } from "../error.ts";
import { asFrame, type Frame, textsIn, wholeIn } from "./fields.ts";

export const HELLO_VERSION: number = 2;

/** Of the greeting, on every connection. Requests behind it are numbered from 1. */
export const HELLO_ID: string = "0";

/**
 * The first request on a connection. Our service answers with a greeting of its own; Testground's does not know the
 * field and answers the barrier, which is open. Both within one round trip, and no state is made.
 */
export function helloFrame(client: string): string {
  const hello = { version: HELLO_VERSION, client };
  return JSON.stringify({ id: HELLO_ID, hello, barrier: { state: "hello", target: 0 } });
}

/** What a service with the extension says of itself. */
export interface Hello {
  readonly features: ReadonlySet<Feature>;
  readonly maxValueBytes: number;
  readonly maxFrameBytes: number;
}

/** The greeting in a response. `undefined` if the service speaks Testground's protocol only. */
export function helloIn(frame: Frame, name: string): Hello | undefined {
  const hello = asFrame(frame["hello"]);
  if (hello === undefined) return undefined;
  const version = wholeIn(hello, "version");
  if (version !== HELLO_VERSION) {
    throw new SyncError(
      "protocol",
      `${name} speaks version ${version} of the extension and this process ${HELLO_VERSION}; use one version of Groundplan`,
    );
  }
  const features = textsIn(hello, "features");
  return {
    features: new Set(FEATURES.filter((feature) => features.includes(feature))),
    maxValueBytes: wholeIn(hello, "maxValueBytes"),
    maxFrameBytes: wholeIn(hello, "maxFrameBytes"),
  };
}
