import {
  custom,
  DefinitionError,
  type Edge,
  edgesOf,
  full,
  line,
  type Member,
  random,
  ring,
  star,
  type Topology,
  tree,
} from "@groundplan/dsl";
import { describe, expect, it } from "vitest";

const sizes = [0, 1, 2, 3, 100];

/** The first `hubs` of them are hubs, the others leaves; ids need not begin with 1, nor be without gaps. */
function members(n: number, hubs = 1): readonly Member[] {
  return Array.from({ length: n }, (_, i) =>
    Object.freeze({ id: 5 + 2 * i, role: i < hubs ? "hub" : "leaf", group: "single" }),
  );
}

const built: readonly (readonly [string, Topology<string>])[] = [
  ["ring", ring()],
  ["line", line()],
  ["full", full()],
  ["tree", tree()],
  ["chain of a tree", tree(1)],
  ["wide tree", tree(7)],
  ["star", star("hub")],
  ["random", random(4)],
  ["random to a role", random(2, { to: "hub" })],
  [
    "custom",
    custom((all, draws) =>
      draws
        .shuffle(all)
        .flatMap(({ id }) => all.flatMap((to) => (to.id > id ? [[id, to.id]] : []))),
    ),
  ],
];

const cases = built.flatMap(([name, topology]) => sizes.map((n) => [name, n, topology] as const));

function count(edges: readonly Edge[], end: 0 | 1): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const edge of edges) counts.set(edge[end], (counts.get(edge[end]) ?? 0) + 1);
  return counts;
}

function isConnected(edges: readonly Edge[], all: readonly Member[]): boolean {
  const reached = new Set(all.slice(0, 1).map(({ id }) => id));
  for (let before = -1; before < reached.size; ) {
    before = reached.size;
    for (const [a, b] of edges) {
      if (reached.has(a)) reached.add(b);
      if (reached.has(b)) reached.add(a);
    }
  }
  return reached.size === all.length;
}

describe("every topology", () => {
  it.each(cases)(
    "%s of %i is the same at all instances, whatever order they know",
    (_, n, topology) => {
      const all = members(n);
      const edges = edgesOf(topology, all, "seed", "mesh#2");
      for (const seen of [[...all].reverse(), structuredClone(all)]) {
        expect(edgesOf(topology, seen, "seed", "mesh#2")).toEqual(edges);
      }
    },
  );

  it.each(cases)("%s of %i links different members, in order, none twice", (_, n, topology) => {
    const all = members(n);
    const ids = new Set(all.map(({ id }) => id));
    const edges = edgesOf(topology, all, "seed");
    expect(edges.filter(([from, to]) => from === to)).toEqual([]);
    expect(edges.flat().filter((id) => !ids.has(id))).toEqual([]);
    expect(new Set(edges.map(String)).size).toBe(edges.length);
    expect(edges).toEqual([...edges].sort(([a, b], [c, d]) => a - c || b - d));
  });

  it.each(cases.filter(([name]) => !name.startsWith("random")))(
    "%s of %i links no two both ways",
    (_, n, topology) => {
      const edges = edgesOf(topology, members(n), "seed");
      const pairs = edges.map(([a, b]) => `${Math.min(a, b)} ${Math.max(a, b)}`);
      expect(new Set(pairs).size).toBe(edges.length);
    },
  );

  it.each(cases.filter(([name]) => !name.startsWith("random")))(
    "%s of %i leaves nobody out",
    (_, n, topology) => {
      const all = members(n);
      expect(isConnected(edgesOf(topology, all, "seed"), all)).toBe(true);
    },
  );
});

describe("a topology's degrees are right:", () => {
  it("a ring has two links each", () => {
    for (const n of [3, 100]) {
      const edges = edgesOf(ring(), members(n), "s");
      expect(edges).toHaveLength(n);
      expect(new Set(count(edges, 0).values())).toEqual(new Set([1]));
      expect(new Set(count(edges, 1).values())).toEqual(new Set([1]));
    }
    expect(edgesOf(ring(), members(2), "s")).toEqual([[5, 7]]);
  });

  it("a line has one fewer link than members", () => {
    expect(edgesOf(line(), members(3), "s")).toEqual([
      [5, 7],
      [7, 9],
    ]);
    expect(edgesOf(line(), members(100), "s")).toHaveLength(99);
  });

  it("in a full one the younger dials every older", () => {
    expect(edgesOf(full(), members(3), "s")).toEqual([
      [7, 5],
      [9, 5],
      [9, 7],
    ]);
    expect(edgesOf(full(), members(100), "s")).toHaveLength(4950);
  });

  it("a tree has one root, and nobody has more children than its arity", () => {
    for (const arity of [1, 2, 7]) {
      const edges = edgesOf(tree(arity), members(100), "s");
      expect(edges).toHaveLength(99);
      expect(new Set(count(edges, 0).values())).toEqual(new Set([1]));
      expect(Math.max(...count(edges, 1).values())).toBe(arity);
      expect(count(edges, 0).has(5)).toBe(false);
      expect(edges.every(([child, parent]) => parent < child)).toBe(true);
    }
  });

  it("in a star everyone else dials every hub, and no hub dials", () => {
    const edges = edgesOf(star("hub"), members(100, 3), "s");
    expect(edges).toHaveLength(97 * 3);
    expect([...count(edges, 1)]).toEqual([
      [5, 97],
      [7, 97],
      [9, 97],
    ]);
    expect(edgesOf(star("nobody"), members(3), "s")).toEqual([]);
  });

  it("in a random one everyone dials k, or all others where there are fewer", () => {
    for (const [n, k] of [
      [100, 4],
      [3, 2],
      [3, 4],
      [2, 4],
      [1, 4],
    ] as const) {
      const edges = edgesOf(random(k), members(n), "s");
      expect(edges).toHaveLength(n * Math.min(k, n - 1));
      if (n > 1) expect(new Set(count(edges, 0).values())).toEqual(new Set([Math.min(k, n - 1)]));
    }
  });

  it("in a random one to a role everyone dials k of that role, those of it the others of it", () => {
    const all = members(100, 10);
    const hubs = new Set(all.slice(0, 10).map(({ id }) => id));
    const edges = edgesOf(random(10, { to: "hub" }), all, "s");
    expect(edges.every(([, to]) => hubs.has(to))).toBe(true);
    const out = count(edges, 0);
    expect(all.map(({ id }) => out.get(id))).toEqual(all.map(({ id }) => (hubs.has(id) ? 9 : 10)));
  });
});

describe("a random topology", () => {
  it("draws others with another seed, and in another stage or round", () => {
    const all = members(100);
    const drawn = [
      edgesOf(random(4), all, "a", "mesh"),
      edgesOf(random(4), all, "b", "mesh"),
      edgesOf(random(4), all, "a", "net"),
      edgesOf(random(4), all, "a", "mesh#2"),
    ];
    expect(new Set(drawn.map(String)).size).toBe(4);
  });

  it("prefers nobody", () => {
    const all = members(20);
    const counts = new Map<number, number>();
    for (let seed = 0; seed < 500; seed++) {
      for (const [, to] of edgesOf(random(3), all, `${seed}`)) {
        counts.set(to, (counts.get(to) ?? 0) + 1);
      }
    }
    // 1500 are expected of each; 5 standard deviations are 180.
    for (const { id } of all) expect(Math.abs((counts.get(id) ?? 0) - 1500)).toBeLessThan(180);
  });

  it("of a hundred thousand is drawn in a time that grows as they do", () => {
    expect(edgesOf(random(4), members(100_000), "s")).toHaveLength(400_000);
  });
});

describe("what cannot be a topology is refused:", () => {
  const broken: readonly (readonly [string, Edge[], string])[] = [
    ["an edge to itself", [[5, 5]], "the edge from #5 to #5: nobody dials itself"],
    [
      "an edge twice",
      [
        [5, 7],
        [5, 7],
      ],
      "the edge from #5 to #7: it is there twice",
    ],
    ["an edge to a stranger", [[5, 6]], "#6 is none of the members it was given"],
    ["an edge from a stranger", [[0, 5]], "#0 is none of the members it was given"],
  ];

  it.each(broken)("%s", (_, edges, text) => {
    expect(() =>
      edgesOf(
        custom(() => edges),
        members(3),
        "s",
      ),
    ).toThrow(text);
    expect(() =>
      edgesOf(
        custom(() => edges),
        members(3),
        "s",
      ),
    ).toThrow(DefinitionError);
  });

  it("a tree without children, a random one without peers", () => {
    expect(() => tree(0)).toThrow("tree(): the arity is 0: write a whole number, 1 or more");
    expect(() => random(2.5)).toThrow("random(): k is 2.5: write a whole number, 1 or more");
  });
});
