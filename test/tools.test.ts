import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Choreography, choreography, count, one, type Plan, rest } from "@groundplan/dsl";
import { drawSvg } from "@groundplan/dsl/tools";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { groundplan, scratch } from "./groundplan.ts";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const pingPong = "plans/ping-pong.ts";

/** What the command printed, if it was content. */
async function printed(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await groundplan(args).finished;
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return stdout;
}

/** A plan of its own, beside those that can import the packages. */
const troubled = "test/fixtures/troubled.ts";

describe("groundplan check", () => {
  it("is content with a sound plan", async () => {
    expect(await printed("check", pingPong)).toBe("0 errors, 0 warnings in 1 test case\n");
  });

  it("prints what is wrong, case by case, and ends with 1 if there are errors", async () => {
    const { code, stdout } = await groundplan(["check", troubled, "-n", "5"]).finished;
    expect(code).toBe(1);
    expect(stdout).toMatchInlineSnapshot(`
      "slow
        test/fixtures/troubled.ts:10:21 warning GP201
          the value of exchange 'names' has no schema: nothing checks what is sent and what arrives; give it one with { schema }
        test/fixtures/troubled.ts:11:9 error GP402
          Date.now in the definition may differ from instance to instance, and all must declare the same stages; make it a parameter, or use it in a body
        test/fixtures/troubled.ts:11:27 warning GP302
          the timeouts of its stages add up to 2 min ('late' 2 min), but the run ends after 60 s; give the case a longer timeout, or its stages shorter ones

      twice
        test/fixtures/troubled.ts:18 error GP501
          stage 'up' is declared twice, first at test/fixtures/troubled.ts:17 and again at test/fixtures/troubled.ts:18; give one of them another name

      shaped
        test/fixtures/troubled.ts:23:5 warning GP301
          shape 'slow' needs a sidecar, which shapes the network, and a local run has none; run the plan with Testground's local:docker or cluster:k8s, or leave it out

      raw
        error GP105
          the case takes 1 to 4 instances, and there are 5; run it with a number that it takes

      3 errors, 3 warnings in 4 test cases
      "
    `);
  });

  it("ends with 0 if there are warnings alone", async () => {
    const { code, stdout } = await groundplan(["check", troubled, "shaped"]).finished;
    expect(stdout).toContain("warning GP301");
    expect(code).toBe(0);
  });

  it("is told of the circumstances: groups, parameters, sidecar", async () => {
    const args = ["check", troubled, "shaped", "--json"];
    const { code, stdout } = await groundplan([...args, "--no-sidecar", "-g", "a=2,b=3"]).finished;
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      plan: "troubled",
      cases: { shaped: [{ code: "GP301", level: "error", source: `${troubled}:23:5` }] },
    });
    expect(await printed(...args, "--sidecar", "-p", "rounds=3")).toContain('"shaped":[]');
  });

  it("refuses what the plan does not have", async () => {
    const { code, stderr } = await groundplan(["check", pingPong, "-p", "round=3"]).finished;
    expect([code, stderr]).toEqual([
      2,
      "groundplan: there is no parameter 'round'; there are rounds\n",
    ]);
  });
});

describe("groundplan list, explain and graph", () => {
  it("list the stages of a case, or of all", async () => {
    expect(await printed("list", pingPong, "-p", "rounds=7")).toContain("rounds (7 times)");
    const all = await printed("list", "plans/coordination.ts");
    expect(all).toMatch(/^bootstrap\n\nstage .*\n\n\naddresses\n\nstage /s);
  });

  it("explain a run with groups, whose sizes may stand in one argument", async () => {
    const text = await printed("explain", pingPong, "-n", "100", "-g", "a=10,b=90");
    expect(text).toContain("seed = 1 (#1)   peer = 99 (#2..#100)");
    expect(await printed("explain", pingPong, "-g", "a=10", "-g", "b=90")).toBe(text);
  });

  it("name the choreographies where there are several to draw", async () => {
    const { code, stderr } = await groundplan(["graph", "plans/coordination.ts"]).finished;
    expect([code, stderr]).toEqual([
      2,
      "groundplan: plan 'coordination' has several choreographies: say which of bootstrap, addresses\n",
    ]);
  });

  it("draw a case, to the screen or into a file", async () => {
    expect(await printed("graph", pingPong)).toMatch(/^sequenceDiagram\n/);
    expect(await printed("graph", pingPong, "--as", "flow")).toMatch(/^flowchart TD\n/);
    const file = join(scratch(), "drawing.svg");
    await printed("graph", pingPong, "--case", "ping-pong", "--format", "svg", "-o", file);
    expect(await readFile(file, "utf8")).toMatch(/^<svg .*<\/svg>\n$/s);
  });
});

describe("docs/checking.md", () => {
  it("quotes what the commands print", async () => {
    const file = new URL("../docs/checking.md", import.meta.url);
    const page = await readFile(file, "utf8");
    const quotes = [...page.matchAll(/^```text\n\$ groundplan (.*)\n([^`]*)^```$/gm)];
    expect(quotes.length).toBeGreaterThan(2);
    for (const [, command = "", output] of quotes) {
      const { stdout } = await groundplan(command.split(" ")).finished;
      expect(stdout, command).toBe(output);
    }
  });
});

/** Names as long and as odd as they may be, and as many stages as a person looks at. */
const odd: Choreography<never> = choreography(
  { roles: { "a-role-with-a-very-long-name-indeed": one(), m: count(1), WWWWWWWWWW: rest() } },
  (c) => {
    const wide = c.everyone("W".repeat(60), {}, () => true, { timeout: "1m", concurrency: 17 });
    c.exchange("m/of.many_parts-and-MORE", wide);
    c.barrier("i", {
      at: ["m"],
      state: "a state with a long name, of which there are few in plans",
    });
    c.barrier("outer", { at: ["a-role-with-a-very-long-name-indeed", "WWWWWWWWWW"] });
    const agreed = c.reduce("agreed", "m", wide, (each) => each.every(Boolean));
    c.branch("a-branch-with-a-long-name", agreed, {
      then: (d) =>
        d.rounds("rounds-in-it", 3, (r) =>
          r.repeat("repeat-in-it", { max: 4 }, (s) => {
            s.barrier("deep");
            return { until: agreed };
          }),
        ),
      else: (d) => d.barrier("x"),
    });
    for (let i = 0; i < 34; i++) c.everyone(`stage-${i}`, { wide, agreed }, () => i);
  },
);

const noBrowser = !existsSync(CHROMIUM);
if (noBrowser) {
  process.stderr.write(
    `NOT TESTED: drawings, as there is no chromium at ${CHROMIUM} (set CHROMIUM)\n`,
  );
}

describe.skipIf(noBrowser)("a drawing in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  });
  afterAll(() => browser.close());

  it.each(["sequence", "flow"] as const)(
    "as %s has every text in its box, and nothing on top of another",
    async (kind) => {
      const page = await browser.newPage();
      for (const [name, found] of await drawn()) {
        const svg = drawSvg(found.define(), kind);
        for (const font of ["DejaVu Sans", "Liberation Sans"]) {
          await page.setContent(
            `<style>svg text { font-family: "${font}" !important }</style>${svg}`,
          );
          expect(await faultsOn(page), `${name} in ${font}`).toEqual([]);
        }
      }
      await page.close();
    },
  );

  it("is drawn in other colours on a dark screen", async () => {
    const grounds = [];
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await browser.newPage({ colorScheme });
      await page.setContent(drawSvg(odd.define(), "flow"));
      grounds.push(await page.evaluate(`getComputedStyle(document.querySelector(".ground")).fill`));
      await page.close();
    }
    expect(grounds).toEqual(["rgb(255, 255, 255)", "rgb(18, 22, 27)"]);
  });
});

/** All choreographies of `plans/`, and the odd one. */
async function drawn(): Promise<readonly (readonly [string, Choreography<never>])[]> {
  const directory = new URL("../plans/", import.meta.url);
  const files = (await readdir(directory, { recursive: true })).filter(
    (file) => file.endsWith(".ts") && !file.includes("node_modules"),
  );
  const found: [string, Choreography<never>][] = [["odd", odd]];
  for (const file of files) {
    const { default: plan }: { readonly default?: Plan } = await import(
      pathToFileURL(new URL(file, directory).pathname).href
    );
    for (const [name, testCase] of Object.entries(plan?.cases ?? {})) {
      if (testCase.type === "choreography") found.push([`${file} ${name}`, testCase]);
    }
  }
  return found;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}
interface Drawn {
  readonly content: string;
  readonly box: Box;
}
interface Captioned extends Drawn {
  readonly texts: readonly Drawn[];
}

/** What a person would see at once: texts beyond their boxes, boxes upon boxes, and what lies outside of the picture. */
async function faultsOn(page: Page): Promise<readonly string[]> {
  const picture = await page.locator("svg").evaluate((svg) => svg.getBoundingClientRect().toJSON());
  const captioned = await page.locator("g.captioned").evaluateAll(read);
  return captioned.flatMap((each, index) => [
    ...faultsIn(each, picture),
    ...captioned
      .slice(index + 1)
      .filter((other) => isOn(each.box, other.box))
      .map((other) => `'${each.content}' lies on '${other.content}'`),
  ]);
}

/** As much of an element of the page as is asked for here. */
interface Shown {
  readonly textContent: string | null;
  getBoundingClientRect(): { toJSON(): Box };
  getElementsByTagName(name: string): Iterable<Shown>;
}

/** In the browser. */
function read(groups: readonly Shown[]): readonly Captioned[] {
  const drawn = (element: Shown): Drawn => ({
    content: element.textContent ?? "",
    box: element.getBoundingClientRect().toJSON(),
  });
  return groups.map((group) => {
    const [rect = group] = group.getElementsByTagName("rect");
    const texts = [...group.getElementsByTagName("text")].map(drawn);
    return { ...drawn(rect), content: group.textContent ?? "", texts };
  });
}

function faultsIn({ box, content, texts }: Captioned, picture: Box): readonly string[] {
  const [first, second] = texts;
  const isOver = first !== undefined && second !== undefined && isOn(first.box, second.box);
  return [
    ...texts
      .filter((text) => !isIn(text.box, box))
      .map((text) => `'${text.content}' leaves its box`),
    ...(isOver ? [`'${first.content}' lies on its note`] : []),
    ...(isIn(box, picture) ? [] : [`'${content}' leaves the picture`]),
  ];
}

function isIn(inner: Box, outer: Box): boolean {
  const isAcross = inner.left >= outer.left - 0.5 && inner.right <= outer.right + 0.5;
  return isAcross && inner.top >= outer.top - 0.5 && inner.bottom <= outer.bottom + 0.5;
}

function isOn(a: Box, b: Box): boolean {
  const isAcross = a.left < b.right - 0.5 && b.left < a.right - 0.5;
  return isAcross && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5;
}
