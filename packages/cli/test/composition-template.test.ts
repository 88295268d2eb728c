import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { renderComposition } from "../src/composition/render-composition.ts";

const directory = mkdtempSync(join(tmpdir(), "groundplan-template-"));
afterAll(() => rmSync(directory, { recursive: true }));
writeFileSync(
  join(directory, "r.toml"),
  `name = "n"
n = 3
f = 1.5
whole = 2.0
list = ["a", "b"]
[params]
z = "1"
a = "2"
[[groups]]
id = "g1"
`,
);
const env = { A: "a", EMPTY: "", LIST: "a,b,c,d", N: "5" };
const file = join(directory, "c.toml");
const render = (template: string): string => renderComposition(template, file, env);

/** What Go's own text/template makes of each, with Testground's functions. */
const AS_IN_GO: readonly (readonly [template: string, text: string])[] = [
  ["plain { text } }}", "plain { text } }}"],
  ["{{ .Env.A }}", "a"],
  ["{{ .Env.MISSING }}", "<no value>"],
  ["a {{- .Env.A -}} b", "aab"],
  ["a {{- /* why */ -}} b", "ab"],
  ["{{ if .Env.A }}yes{{ else }}no{{ end }}", "yes"],
  ["{{ if .Env.EMPTY }}yes{{ else if .Env.A }}else{{ else }}no{{ end }}", "else"],
  ["{{- if .Env.A }}\n  count = {{ .Env.N }}\n{{- end }}\nx", "\n  count = 5\nx"],
  ["{{ range split .Env.LIST }}[{{ . }}]{{ end }}", "[a][b][c][d]"],
  ["{{ range $i, $e := split .Env.LIST }}{{ $i }}={{ $e }};{{ end }}", "0=a;1=b;2=c;3=d;"],
  ["{{ range $e := split .Env.LIST }}{{ $e }}{{ $.Env.A }};{{ end }}", "aa;ba;ca;da;"],
  [
    '{{ range split .Env.LIST }}{{ if eq . "b" }}{{ continue }}{{ end }}{{ if eq . "d" }}{{ break }}{{ end }}{{ . }}{{ end }}',
    "ac",
  ],
  ["{{ with .Env.EMPTY }}<{{ . }}>{{ else }}none{{ end }}", "none"],
  ['{{ with $x := index .Env "A" }}{{ $x }}{{ end }}', "a"],
  ["{{ $n := atoi .Env.N }}{{ if gt $n 3 }}many{{ end }}{{ $n }}", "many5"],
  ["{{ $n := 1 }}{{ if true }}{{ $n = 2 }}{{ end }}{{ $n }}", "2"],
  ["{{ $n := 1 }}{{ if true }}{{ $n := 2 }}{{ end }}{{ $n }}", "1"],
  [
    '{{ define "g" }}id={{ .id }};{{ end }}{{ template "g" (index (load_resource "r.toml").groups 0) }}',
    "id=g1;",
  ],
  ['{{ block "b" .Env }}{{ .A }}{{ end }}', "a"],
  [
    '{{ with load_resource "r.toml" }}{{ .name }} {{ .n }} {{ .f }} {{ .list }}{{ end }}',
    "n 3 1.5 [a b]",
  ],
  ['{{ range $k, $v := (load_resource "r.toml").params }}{{ $k }}:{{ $v }},{{ end }}', "a:2,z:1,"],
  ['{{ (withEnv (load_resource "r.toml")).Env.A }}', "a"],
  ["{{ .Env.LIST | split | len }}", "4"],
  ['{{ printf "%s-%d-%q-%v-%.2f-%t-100%%" "a" 3 "q" 4 0.5 true }}', 'a-3-"q"-4-0.50-true-100%'],
  ['{{ print 1 2 "a" 3 "b" "c" }}', "1 2a3bc"],
  ['{{ and 1 0 2 }} {{ or 0 "" "x" }} {{ not 0 }}', "0 x true"],
  [
    "{{ eq 1 2 3 1 }} {{ ne 1 1 }} {{ lt 1 2 }} {{ le 2 2 }} {{ ge 1.5 1.5 }}",
    "true false true true true",
  ],
  [
    "{{ index (split .Env.LIST) 1 }} {{ slice .Env.LIST 0 3 }} {{ slice (split .Env.LIST) 1 }}",
    "b a,b [b c d]",
  ],
  ['{{ "}}" }} {{ `raw \\n` }} {{ "\\t\\"" }}', '}} raw \\n \t"'],
  ["{{ .Env }}", "map[A:a EMPTY: LIST:a,b,c,d N:5]"],
];

describe("the template of a composition", () => {
  test.each(AS_IN_GO)("%j is what Go makes of it", (template, text) => {
    expect(render(template)).toBe(text);
  });

  test("writes a resource as TOML, whole numbers and others as what they were", () => {
    expect(render('{{ toml (pick (load_resource "r.toml") "params") }}')).toBe(
      '[params]\nz = "1"\na = "2"\n',
    );
    const all = render('{{ toml (load_resource "r.toml") }}');
    expect(all).toContain("n = 3\n");
    expect(all).toContain("whole = 2.0\n");
  });

  test.each([
    ["{{ nothing }}", "1:4: 'nothing' is not supported; there are and, atoi, eq, "],
    ["{{ if false }}\n  {{ html .Env.A }}{{ end }}", "2:6: 'html' is not supported"],
    ["{{ .Env.A.B }}", "1:4: a text has no field 'B'"],
    ['{{ index (split "a") 5 }}', "1:4: index: there is no item 5 in a list of 1"],
    ["{{ if }}x{{ end }}", "1:7: expected a value, found '}}'"],
    ["a\nb {{ if true }}x", "2:3: {{if}} has no {{end}}"],
    ["{{ end }}", "1:1: {{end}} closes nothing"],
    ["{{ if true }}{{ else }}{{ else }}{{ end }}", "1:24: {{else}} cannot stand here"],
    ['{{ template "none" }}', '1:1: there is no template "none"'],
    ['{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}', '"a" goes on within itself'],
    ['{{ atoi "x" }}', '1:4: atoi: "x" is not a whole number'],
    ["{{ $x }}", "1:4: the variable $x is not declared"],
    ["{{ range 3.5 }}{{ end }}", "1:10: range cannot go over a number"],
    ['{{ lt 1 "a" }}', "1:4: lt: a whole number and a text cannot be compared"],
    ['{{ "unclosed }}', '1:4: "\\"" is not understood here'],
    ["{{ 1 2 }}", "1:4: what is no function takes no arguments"],
    ["{{ break }}", "1:1: {{break}} stands in no range"],
    ["{{ split }}", "1:4: split takes 1 arguments, not 0"],
    ["{{ print(1) }}", "1:9: expected space between print and ("],
    ['{{ printf "%5d" 1 }}', "1:4: printf: '%5' is not supported"],
    ["{{ .Env.A", "1:1: the action is not closed with }}"],
    ['{{ load_resource "no.toml" }}', "1:4: load_resource: resource 'no.toml' cannot be read"],
  ])("%j is refused with its place", (template, message) => {
    expect(() => render(template)).toThrow(message);
  });
});
