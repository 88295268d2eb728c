import { Exchanger, type Namespace } from "@groundplan/sync";
import { z } from "zod";

/** Finds a partner to talk to: whoever else asks. */
export async function meet(run: Namespace, address: string): Promise<string> {
  const partners = new Exchanger(run, "addresses", z.string());
  return partners.exchange(address, { timeoutMs: 10_000 });
}
