// References: where a URL or the secret is found. Neither a password nor a secret may stand in the file, and none is echoed.

import { z } from '../zod.ts';
import { refuse } from './closed-block.ts';

const ENVIRONMENT = /^env:[A-Za-z_][A-Za-z0-9_]*$/;
const FILE = /^file:\s*\S/;
const COMMAND = /^command:\s*\S/;
const CONNECTION = /^postgres(?:ql)?:\/\//;

/** A password in the user part or the parameters of a URL, or in `host=… password=…`; whatever else is wrong with the text. */
const holdsPassword = (text: string): boolean =>
  /:\/\/[^@/]*:[^@]+@/s.test(text) || /(?:^|[?&\s])(?:ssl)?password\s*=\s*[^&\s]/i.test(text);

/** `env:NAME`, `file:PATH`, or a URL without a password. */
export const urlReference = z.unknown().transform((value, context): string => {
  if (value === undefined) return refuse(context, 'is missing.');
  const text = typeof value === 'string' ? value : '';
  if (ENVIRONMENT.test(text) || FILE.test(text)) return text;
  if (holdsPassword(text)) return refuse(context, 'the URL holds a password.', { code: 'ANON_CONFIG_PASSWORD' });
  if (CONNECTION.test(text)) return text;
  const detail = 'must be env:NAME, file:PATH, or a URL without a password.';
  return refuse(context, detail, { code: 'ANON_CONFIG_URL' });
});

/** `env:NAME`, `file:PATH` or `command:…`; never the secret itself. */
export const secretReference = z.unknown().transform((value, context): string => {
  const text = typeof value === 'string' ? value : '';
  if (ENVIRONMENT.test(text) || FILE.test(text) || COMMAND.test(text)) return text;
  return refuse(context, 'must be env:NAME, file:PATH or command:…; the secret itself does not belong here.');
});

/** `env:NAME` or `file:PATH`; never the key itself. */
export const keyReference = z.unknown().transform((value, context): string => {
  if (value === undefined) return refuse(context, 'is missing.');
  const text = typeof value === 'string' ? value : '';
  if (ENVIRONMENT.test(text) || FILE.test(text)) return text;
  return refuse(context, 'must be env:NAME or file:PATH.');
});
