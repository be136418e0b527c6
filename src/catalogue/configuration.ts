// Errors of the configuration.

import { type CatalogueEntry, EXIT, entry } from './entry.ts';

/** Code → exit code, message, fix. */
export const CONFIGURATION = {
  ANON_CONFIG_FILE: entry(
    EXIT.config,
    'The configuration {file} cannot be read: {detail}',
    'Check the path and its permissions.',
  ),
  ANON_CONFIG_YAML: entry(
    EXIT.config,
    '{file} is not valid YAML at line {line}, column {column}: {detail}',
    'Correct that line.',
  ),
  ANON_CONFIG_REFUSED: entry(
    EXIT.config,
    'The configuration has {count} finding(s).',
    'Correct them all; nothing was read or written.',
  ),
  ANON_CONFIG_UNKNOWN_KEY: entry(EXIT.config, '{path}: unknown key.{suggestion}', 'Remove it or correct its name.'),
  ANON_CONFIG_VALUE: entry(EXIT.config, '{path}: {detail}', 'Correct the value.'),
  ANON_CONFIG_PASSWORD: entry(
    EXIT.config,
    '{path}: the URL holds a password.',
    'Put the URL into an environment variable or a file with mode 0600, and write env:NAME or file:PATH here.',
  ),
  ANON_CONFIG_URL: entry(EXIT.config, '{path}: {detail}', 'Write postgresql://user@host:port/database.'),
  ANON_CONFIG_REFERENCE: entry(
    EXIT.config,
    '{path}: {detail}',
    'Set the variable, or correct the name after env:, file: or command:.',
  ),
  ANON_CONFIG_FILE_MODE: entry(
    EXIT.config,
    '{path}: {file} can be read by others than its owner.',
    'Run chmod 600 on it.',
  ),
  ANON_SECRET_MISSING: entry(
    EXIT.config,
    'No secret: {detail}',
    'Set `secret: env:NAME` (or file:, command:) and give it at least 32 random bytes, such as from `openssl rand -base64 48`.',
  ),
  ANON_SECRET_SHORT: entry(
    EXIT.config,
    'The secret has {bytes} bytes; at least {wanted} are needed.',
    'Use a longer one, such as from `openssl rand -base64 48`.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
