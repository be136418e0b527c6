// What becomes of rows that the target refuses: the run fails, or they are sealed into a file for who has the private key.

import { z } from '../zod.ts';
import { closedBlock, type IssueParams, oneOf, refuse } from './closed-block.ts';
import { keyReference } from './reference-schema.ts';

const MAX_ROWS = 1_000_000;

/** `on_row_error:` */
export const onRowErrorSchema = oneOf(['fail', 'quarantine'])
  .default('fail')
  .describe('rows that the target refuses: fail the run, or are sealed into a file');

/** `quarantine:` */
export const quarantineSchema = closedBlock({
  file: z.string().min(1).describe('where sealed rows go; {run} stands for the id of the run'),
  public_key: keyReference.describe('of the operator, as `anonymize quarantine keygen` makes it: env: or file:'),
  max_rows: z.int().min(1).max(MAX_ROWS).default(1000).describe('more refused rows fail the run'),
}).transform(({ public_key, max_rows, ...rest }) => ({ ...rest, publicKey: public_key, maxRows: max_rows }));

export type QuarantineConfig = z.output<typeof quarantineSchema>;

/** One without the other says nothing, or says it to nobody. */
export function agreeOnQuarantine(
  { on_row_error, quarantine }: { readonly on_row_error: string; readonly quarantine?: unknown },
  context: Parameters<typeof refuse>[0],
): void {
  const at = (key: string): IssueParams & { readonly key: string } => ({ code: 'ANON_CONFIG_VALUE', key });
  const isWanted = on_row_error === 'quarantine';
  if (isWanted && quarantine === undefined)
    refuse(context, 'is missing; it says where the rows go, and for whom.', at('quarantine'));
  if (!isWanted && quarantine !== undefined)
    refuse(context, 'has no use without `on_row_error: quarantine`.', at('quarantine'));
}
