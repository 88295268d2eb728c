/** The variable in which a runner passes the port it exposes under a label: `API_PORT`. */
export function portVariable(label: string): string {
  return `${label.trim().toUpperCase()}_PORT`;
}

/** A port from 1 to 65535, in decimal digits; `undefined` for anything else. */
export function parsePort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}
