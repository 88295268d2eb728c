/** Node's image that bundles run in. */
const IMAGE = "node:22-slim";

/** What an image without anything but Node needs to run the bundle; for builder docker:generic. */
export const dockerfile: string = `# For Testground's builder docker:generic. Node alone runs the plan: there is nothing to install.
ARG BASE_IMAGE=${IMAGE}
FROM \${BASE_IMAGE}
# Where the bundle is below the plan's directory: the builder's configuration \`path\`.
ARG PLAN_PATH=.
WORKDIR /plan
COPY plan/\${PLAN_PATH}/plan.mjs plan/\${PLAN_PATH}/plan.mjs.map ./
EXPOSE 6060
ENTRYPOINT ["node", "--enable-source-maps", "/plan/plan.mjs"]
`;

/** What Testground does not send to its builders. */
export const testgroundignore = `# In the syntax of .gitignore.
node_modules
outputs
.git
`;

/** What builder docker:node runs \`npm ci\` and \`npm start\` with: nothing to install, and the bundle to start. */
export function npmFiles(name: string): Readonly<Record<string, string>> {
  const common = { name, version: "0.0.0" };
  const engines = { node: ">=20.19" };
  const start = "node --enable-source-maps plan.mjs";
  return {
    "package.json": json({ ...common, private: true, engines, scripts: { start } }),
    "package-lock.json": json({
      ...common,
      lockfileVersion: 3,
      requires: true,
      packages: { "": { ...common, engines } },
    }),
  };
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
