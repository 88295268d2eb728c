import { IdGenerator, type Namespace } from "@groundplan/sync";

/** Ports that no other instance of the run has, 16 taken at a time. */
export async function takePorts(run: Namespace, count: number): Promise<readonly number[]> {
  const ids = new IdGenerator(run, "ports", { blockSize: 16 });
  const ports: number[] = [];
  while (ports.length < count) ports.push(20_000 + (await ids.next()));
  return ports;
}
