import type { Atoms } from "../atoms/store.ts";
import { checkGoFrame } from "./go-frame.ts";
import type { Request } from "./request.ts";
import {
  barrierResponse,
  errorResponse,
  publishResponse,
  signalResponse,
  subscribeResponse,
} from "./response.ts";

export type ForeignRequest = Extract<
  Request,
  { readonly type: "publish" | "signal" | "barrier" | "subscribe" }
>;

interface ForeignContext {
  readonly requestId: string;
  readonly signal: AbortSignal;
  /** Sends one of many responses; resolves once there is room for the next. */
  stream(text: string): Promise<void>;
}

/** Does what a client of Testground's protocol asks for; resolves with the last response. */
export async function performForeign(
  { counters, logs }: Atoms<string, string>,
  request: ForeignRequest,
  { requestId, signal, stream }: ForeignContext,
): Promise<string> {
  const { id } = request;
  switch (request.type) {
    case "publish": {
      const { topic, json } = request;
      checkGoFrame(`publish on "${topic}"`, json);
      return publishResponse(id, await logs.append(topic, json, { requestId }));
    }
    case "signal":
      return signalResponse(id, await counters.add(request.state, { requestId }));
    case "barrier": {
      const { state, target } = request;
      if (target > 0) await counters.reach(state, target, { signal });
      return barrierResponse(id);
    }
    case "subscribe": {
      for await (const { json } of logs.read(request.topic, { signal })) {
        if (signal.aborted) break;
        await stream(subscribeResponse(id, json));
      }
      return errorResponse(id, "the subscription ended");
    }
  }
}
