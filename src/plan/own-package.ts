// Lets the strategies of a user's folder import 'pgveil' wherever that folder is: it is this very package.

import * as modules from 'node:module';
import { ownModule } from '../own-files.ts';

const OWN_NAME = 'pgveil';
const INDEX = ownModule('src/index').href;

let isRegistered = false;

/** From now on, in this thread, 'pgveil' is this package. Nodes before 22.15 look for an installed one, as ever. */
export function resolveOwnPackage(): void {
  if (isRegistered || typeof modules.registerHooks !== 'function') return;
  isRegistered = true;
  modules.registerHooks({
    resolve: (specifier, context, next) =>
      specifier === OWN_NAME ? { url: INDEX, shortCircuit: true } : next(specifier, context),
  });
}
