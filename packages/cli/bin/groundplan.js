#!/usr/bin/env node
// In its own workspace this package is TypeScript, `exports` naming src/index.ts; published, it is JavaScript.
const entry = import.meta.resolve("groundplan");
const isSource = entry.endsWith(".ts");
const { main } = isSource
  ? await (await import("./from-source.js")).load(entry)
  : await import(entry);
await main(process.argv.slice(2));
