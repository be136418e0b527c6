// Where this package's own files are. The same tree stands in the repository and in dist/, but for package.json and
// migrations/, which are above dist/. The build puts whatever modules share beside this one, so nothing else may ask where
// it is.

import { extname } from 'node:path';

/** `.ts` in the repository, `.js` in the package. */
export const OWN_EXTENSION = extname(import.meta.url);

const TREE = new URL('../', import.meta.url);
const PACKAGE = OWN_EXTENSION === '.ts' ? TREE : new URL('../', TREE);

/** A file or folder of src/ or strategies/, such as `src/kernels/hmac.wasm`. */
export const ownFile = (path: string): URL => new URL(path, TREE);

/** A module of src/, by its path without an extension. */
export const ownModule = (path: string): URL => ownFile(`${path}${OWN_EXTENSION}`);

/** A file or folder beside package.json. */
export const packageFile = (path: string): URL => new URL(path, PACKAGE);
