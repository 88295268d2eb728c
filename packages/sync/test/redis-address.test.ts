import { openStore } from "@groundplan/sync";
import { expect, test } from "vitest";
import { parseAddress } from "../src/redis/address.ts";

test.each([
  ["redis://", "redis://localhost:6379", { host: "localhost", port: 6379, db: 0 }],
  ["redis://:p@h:1/3", "redis://h:1/3", { host: "h", port: 1, db: 3, password: "p" }],
  [
    "redis://u:p%40@[::1]:77",
    "redis://[::1]:77",
    { host: "::1", port: 77, db: 0, username: "u", password: "p@" },
  ],
  ["redis+unix:///a%20b.sock", "redis+unix:///a%20b.sock", { path: "/a b.sock", db: 0 }],
  [
    "redis+unix://u:p@/tmp/r.sock?db=2",
    "redis+unix:///tmp/r.sock?db=2",
    { path: "/tmp/r.sock", db: 2, username: "u", password: "p" },
  ],
  [
    "rediss://h?insecure=true",
    "rediss://h:6379",
    { host: "h", port: 6379, db: 0, tls: { rejectUnauthorized: false } },
  ],
])("%s is one server", (url, name, options) => {
  expect(parseAddress(url)).toEqual({ type: "server", name, options });
});

test("Sentinels are a list of hosts, the name of the primary, and rights of their own", () => {
  const url = "redis+sentinel://u:p@a:1,b,[::1]:3/main?db=3&sentinelUser=su&sentinelPassword=s%26p";
  expect(parseAddress(url)).toEqual({
    type: "sentinel",
    name: "redis+sentinel://a:1,b:26379,[::1]:3/main?db=3",
    options: { db: 3, username: "u", password: "p" },
    sentinels: [
      { host: "a", port: 1 },
      { host: "b", port: 26379 },
      { host: "::1", port: 3 },
    ],
    sentinelOptions: { username: "su", password: "s&p" },
    primary: "main",
  });
});

test("a cluster is a list of some of its nodes", () => {
  expect(parseAddress("rediss+cluster://u:p@a:7000,b:7001")).toEqual({
    type: "cluster",
    name: "rediss+cluster://a:7000,b:7001",
    options: { username: "u", password: "p", tls: {} },
    nodes: [
      { host: "a", port: 7000 },
      { host: "b", port: 7001 },
    ],
  });
});

test.each([
  ["redis://a,b", "it takes one host"],
  ["redis://h:65536", "what stands for host:port is not one"],
  ["redis://a b", "what stands for host:port is not one"],
  ["redis://h/first", "a database is a number"],
  ["redis://h?insecure=true", 'a parameter "insecure" means nothing here'],
  ["rediss://h?insecure=maybe", "insecure=maybe is neither true nor false"],
  ["rediss://h?ca=ca.pem", "ca=ca.pem is not an absolute path"],
  ["rediss://h?ca=/no/such.pem", "ca=/no/such.pem cannot be read: ENOENT"],
  ["redis+unix://h/path", "it takes a path and no host"],
  ["redis+unix://", "it takes a path and no host"],
  ["rediss+unix:///path", "a socket of this machine has no TLS"],
  ["redis+sentinel://h", "it takes a path, the name of the primary"],
  ["redis+cluster://h/2", "a cluster has one database and no name"],
])("%s is refused and says why", async (url, why) => {
  await expect(openStore(url)).rejects.toMatchObject({
    code: "range",
    message: expect.stringContaining(why),
  });
});

test.each([
  "redis://:secret/x@h",
  "redis://:secret?x@h",
  "redis://h?pw=secret",
  "redis://secret@x?secret@h",
  "redis+sentinel://a?sentinelPassword=secret",
  "redis+cluster://:secret@h/2",
  "redis://u:secret%zz@host",
])("what may be a password in %s is not repeated", (url) => {
  let message = "";
  try {
    parseAddress(url);
  } catch (error) {
    message = String(error);
  }
  expect(message).toMatch(/is not the address of a Redis/);
  expect(message).not.toContain("secret");
});
