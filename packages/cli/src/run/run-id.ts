import { randomBytes } from "node:crypto";

const DIGITS = "0123456789abcdefghijklmnopqrstuv";

/** 20 characters of `[0-9a-v]`, as Testground's run ids: seconds since 1970, then chance; sorts by time. */
export function newRunId(now: Date = new Date()): string {
  const bytes = Buffer.concat([Buffer.alloc(4), randomBytes(8)]);
  bytes.writeUInt32BE(Math.floor(now.getTime() / 1_000));
  // 12 bytes are 96 bits, 19.2 digits of 5: the last digit carries one bit.
  let bits = BigInt(`0x${bytes.toString("hex")}`) << 4n;
  let id = "";
  for (let digit = 0; digit < 20; digit++) {
    id = (DIGITS[Number(bits & 31n)] ?? "") + id;
    bits >>= 5n;
  }
  return id;
}
