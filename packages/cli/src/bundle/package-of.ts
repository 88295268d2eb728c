/** The directory of the package in `node_modules` that a file belongs to; undefined for the plan's own. */
export function packageRoot(file: string): string | undefined {
  return /.*[\\/]node_modules[\\/](?!\.)(?:@[^\\/]+[\\/])?[^\\/]+/.exec(file)?.[0];
}

/** The name of that package. */
export function packageOf(file: string): string | undefined {
  const root = packageRoot(file);
  return root === undefined ? undefined : withinPackages(root)?.replaceAll("\\", "/");
}

/** The path below the innermost `node_modules`. */
export function withinPackages(file: string): string | undefined {
  return /.*[\\/]node_modules[\\/](?!\.)(.*)/.exec(file)?.[1];
}
