// The version of the engines of our own: that of the package.

import packageJson from "../package.json" with { type: "json" };

export const PACKAGE_VERSION: string = packageJson.version;
