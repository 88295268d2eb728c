import { MemoryStore, openStore, type Store, SyncError } from "@groundplan/sync";
import { serveSync } from "@groundplan/sync/service";
import type { Argv, CommandModule } from "yargs";
import { infrastructure } from "../command-error.ts";

interface ServiceArguments {
  readonly host: string;
  readonly port: number;
  readonly sync: string;
}

/** `groundplan service`: a sync service for instances that runs elsewhere start. */
export const serviceCommand: CommandModule<object, ServiceArguments> = {
  command: "service",
  describe: "Serves a store over Testground's sync-service protocol until it is interrupted",
  builder: (yargs: Argv<object>): Argv<ServiceArguments> =>
    yargs.options({
      host: {
        type: "string",
        default: "localhost",
        requiresArg: true,
        describe: "Address to listen on; localhost is 127.0.0.1 and ::1, :: is everywhere",
      },
      port: {
        type: "number",
        default: 5050,
        requiresArg: true,
        describe: "Port; 0 for any free one",
      },
      sync: {
        type: "string",
        default: "embedded",
        requiresArg: true,
        describe: "Store to serve: embedded, or redis://…",
      },
    }),
  handler: serve,
};

async function serve({ host, port, sync }: ServiceArguments): Promise<void> {
  try {
    await using store = await open(sync);
    await using service = await serveSync(store, { host, port });
    process.stdout.write(`sync service at ${service.url}, on ${store.name}; Ctrl-C ends it\n`);
    await interrupted();
  } catch (error) {
    if (error instanceof SyncError) throw infrastructure(error.message, error);
    throw error;
  }
}

async function open(sync: string): Promise<Store> {
  return sync === "embedded" ? new MemoryStore() : openStore(sync);
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}
