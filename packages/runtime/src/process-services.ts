import type { FileRunEnv } from "./file-run-env.ts";
import { type HttpListener, openHttpListener } from "./http/listener.ts";
import { captureProfiles } from "./profiles/capture-profiles.ts";
import { errorText, toError } from "./thrown.ts";

/** Which of the services that there are once a process an instance takes on. */
export interface ServiceOptions {
  /**
   * Serves `/metrics` and `/debug/pprof/` over HTTP while the instance runs, on port 6060 or a free one, and says where
   * in a message: to the network where there is a sidecar, else to this machine only. False unless given.
   */
  readonly listen?: boolean | undefined;
  /** Takes the profiles that `TEST_CAPTURE_PROFILES` asks for. True unless given. */
  readonly profiles?: boolean | undefined;
}

/** Opens them; none can fail the instance. Closed by the caller, which writes the profiles. */
export async function openServices(
  env: FileRunEnv,
  { listen = false, profiles = true }: ServiceOptions,
): Promise<{ close(): Promise<void> }> {
  const listener = listen ? await openListener(env) : undefined;
  const capture = await openCapture(env, profiles);
  return {
    async close() {
      await capture?.close();
      await listener?.close();
    },
  };
}

async function openListener(env: FileRunEnv): Promise<HttpListener | undefined> {
  // Elsewhere than in a container, a port of all addresses is the machine's.
  const host = env.sidecar ? "0.0.0.0" : "127.0.0.1";
  try {
    const listener = await openHttpListener({ host, registry: () => env.registry() });
    env.servedAt(listener.address);
    const url = `http://${listener.address}/`;
    env.recordMessage(`registering default http handler at: ${url} (pprof: ${url}debug/pprof/)`);
    return listener;
  } catch (thrown) {
    const why = errorText(toError(thrown));
    env.recordMessage(`error registering default http handler at: ${host}:0: ${why}`);
    return undefined;
  }
}

async function openCapture(
  env: FileRunEnv,
  isMine: boolean,
): Promise<{ close(): Promise<void> } | undefined> {
  const { captureProfiles: kinds, outputsPath } = env.runParams;
  if (Object.keys(kinds).length === 0) return undefined;
  const report = (message: string): void => env.recordMessage(message);
  if (isMine) return captureProfiles(kinds, outputsPath, report);
  report("profiles are of the whole process: they are among the outputs of its first instance");
  return undefined;
}
