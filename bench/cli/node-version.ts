// Whether this Node is new enough; package.json says the same to installers, who may not listen.

const NEEDED = 24;

/** What is wrong with a version such as "18.19.1", or undefined. */
export function nodeProblem(version: string): string | undefined {
  if (Number.parseInt(version, 10) >= NEEDED) return undefined;
  const cure = "install one, or put it on the PATH";
  return `needs Node ${NEEDED} or newer, and this is ${version}: ${cure}`;
}
