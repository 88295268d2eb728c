// Preloaded into the processes of a run: the first that comes to a certain moment is killed there, as if by the kernel.
// Plain JavaScript, as the instances' processes load no TypeScript.
import { writeFileSync } from "node:fs";

const { stage, role, event, marker } = JSON.parse(process.env.KILL_TABLE ?? "{}");

if (process.env.GROUNDPLAN_HOST !== undefined && marker !== undefined) {
  if (event === "start") die("start");
  // What an instance does is told to the runner before it goes on, so its last word is that it has come here.
  const send = process.send.bind(process);
  process.send = (message, ...rest) => {
    const isSent = send(message, ...rest);
    const here = message.type === "journal" ? message.entries.find(isThere) : undefined;
    if (here !== undefined) die(here.event.id);
    return isSent;
  };
}

function isThere(entry) {
  const visited = entry.event.stage.replace(/#[\d.]+$/, "");
  return entry.event.event === event && entry.event.role === role && visited === stage;
}

function die(id) {
  try {
    // Whoever makes the file is the one.
    writeFileSync(marker, JSON.stringify({ id, atMs: Date.now() }), { flag: "wx" });
  } catch {
    return;
  }
  process.kill(process.pid, "SIGKILL");
}
