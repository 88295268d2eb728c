import { currentInstance, type LiveInstance } from "./live-instance.ts";

/** Who hears of errors that nobody caught. */
export interface GuardOptions {
  /** Called once for each; `instance` is the one whose code it came from, absent if that cannot be told. */
  onCrash(error: unknown, instance: LiveInstance | undefined): void;
}

/** Keeps the process alive when something is thrown that nobody caught, and tells whose it was. Closed by the caller. */
export function guardProcess({ onCrash }: GuardOptions): Disposable & { close(): void } {
  const crashed = (error: unknown): void => onCrash(error, currentInstance());
  process.on("uncaughtException", crashed);
  process.on("unhandledRejection", crashed);
  const close = (): void => {
    process.off("uncaughtException", crashed);
    process.off("unhandledRejection", crashed);
  };
  return { close, [Symbol.dispose]: close };
}
