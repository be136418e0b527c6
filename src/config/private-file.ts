// Files that hold a secret, a URL with a password or a key: only their owner may read them.

import { readFileSync, statSync } from 'node:fs';
import { AnonymizeError } from '../errors.ts';

const GROUP_AND_OTHERS = 0o077;

/** Whether anybody but the owner may touch the file. On Windows the mode says nothing, so nobody does. */
export function isOpenToOthers(mode: number, platform: NodeJS.Platform = process.platform): boolean {
  return platform !== 'win32' && (mode & GROUP_AND_OTHERS) !== 0;
}

/**
 * Reads a file that must be private.
 * @param path of the configuration, for the error
 * @throws {AnonymizeError} ANON_CONFIG_FILE_MODE, ANON_CONFIG_REFERENCE
 */
export function readPrivateFile(file: string, path: string): Buffer {
  return reading({ file, path }, () => {
    if (isOpenToOthers(statSync(file).mode)) throw new AnonymizeError('ANON_CONFIG_FILE_MODE', { path, file });
    return readFileSync(file);
  });
}

/** Reads a file that anybody may know. @throws {AnonymizeError} ANON_CONFIG_REFERENCE */
export function readOpenFile(file: string, path: string): Buffer {
  return reading({ file, path }, () => readFileSync(file));
}

function reading({ file, path }: { readonly file: string; readonly path: string }, read: () => Buffer): Buffer {
  try {
    return read();
  } catch (error) {
    if (error instanceof AnonymizeError) throw error;
    throw new AnonymizeError('ANON_CONFIG_REFERENCE', { path, detail: `${file} ${whyUnreadable(error)}` });
  }
}

const READ_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist.',
  EACCES: 'may not be read by this user.',
  EISDIR: 'is a folder.',
  ENOTDIR: 'has a part that is no folder.',
};

/** Why a file cannot be read, as the rest of a sentence that begins with the file. */
export function whyUnreadable(error: unknown): string {
  const { code = 'an unknown error' } = error as NodeJS.ErrnoException;
  return READ_ERRORS[code] ?? `cannot be read (${code}).`;
}
