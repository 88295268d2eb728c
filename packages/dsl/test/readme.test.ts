import { readFileSync } from "node:fs";
import { shapeOf } from "@groundplan/dsl";
import { expect, it } from "vitest";
import { greeting } from "./readme-example.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

it("the README's example is a program that is compiled and run", () => {
  const example = readFileSync(new URL("readme-example.ts", import.meta.url), "utf8");
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
});

it("the README shows the stages of its example as they are", () => {
  expect(readme).toContain(`\`\`\`text\n${shapeOf(greeting.define())}\n\`\`\``);
});
