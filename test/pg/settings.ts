// Settings for the test server, by the same road as a user's.

import { type ConnectionSettings, parseConnectionUrl } from '../../src/config/connection-url.ts';

/** The settings of a URL; nothing comes from the environment. */
export function settingsOf(url: string): ConnectionSettings {
  return parseConnectionUrl(url, { env: {}, user: 'nobody', path: 'target', baseDir: '/', socketFolders: [] });
}
