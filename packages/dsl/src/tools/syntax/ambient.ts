import { child, children, isCall, isMember, memberName, type Node, nameOf } from "./node.ts";

/** What differs from call to call, or from machine to machine. */
const AMBIENT: ReadonlySet<string> = new Set([
  "Date.now",
  "Math.random",
  "performance.now",
  "performance.timeOrigin",
  "process.env",
  "process.pid",
  "process.argv",
  "process.hrtime",
  "process.platform",
  "process.cwd",
  "process.uptime",
  "process.memoryUsage",
  "crypto.randomUUID",
  "crypto.getRandomValues",
  "crypto.randomBytes",
  "crypto.randomInt",
  "os.hostname",
  "os.networkInterfaces",
  "os.cpus",
  "os.tmpdir",
]);
const FUNCTIONS =
  /^(?:randomUUID|randomBytes|randomInt|getRandomValues|hostname|networkInterfaces)$/;

/** The source of a value that differs between instances, as the author wrote it: `"Date.now"`. */
export function ambientSource(node: Node): string | undefined {
  if (node.type === "NewExpression") {
    const isNow =
      nameOf(child(node, "callee")) === "Date" && children(node, "arguments").length === 0;
    return isNow ? "new Date()" : undefined;
  }
  if (isMember(node)) {
    const path = `${nameOf(child(node, "object"))}.${memberName(node)}`;
    return AMBIENT.has(path) ? path : undefined;
  }
  const name = isCall(node) ? nameOf(child(node, "callee")) : undefined;
  if (name === "Date") return "Date()";
  return name !== undefined && FUNCTIONS.test(name) ? name : undefined;
}
