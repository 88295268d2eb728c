import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    restoreMocks: true,
    include: ["packages/*/test/**/*.test.ts", "test/**/*.test.ts"],
    // Leases and sessions of some 300 ms really expire where a file has to share two cores with another.
    fileParallelism: false,
    globalSetup: "test/redis-server.ts",
    // Real processes on a small machine: a test ends by what it waits for, this is only the net below it.
    testTimeout: 90_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    benchmark: { include: ["packages/*/bench/**/*.bench.ts", "bench/**/*.bench.ts"] },
  },
});
