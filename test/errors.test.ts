import { inspect } from 'node:util';
import { MessageChannel } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { AnonymizeError, finding, fromPlain, toPlain, unexpected } from '../src/errors.ts';

/** What arrives at the other end of a channel between threads. */
async function send<Message>(message: Message): Promise<Message> {
  const { port1, port2 } = new MessageChannel();
  const arrived = new Promise<Message>(settle => port2.once('message', settle));
  port1.postMessage(message);
  const received = await arrived;
  port1.close();
  return received;
}

test('an error is the same behind a thread border', async () => {
  const found = [finding('ANON_CONFIG_VALUE', { path: 'memory', detail: 'too little.' })];
  for (const error of [
    new AnonymizeError('ANON_TARGET_CHECK', { place: 'public.t', constraint: 'c', row: ' (row 7 of its slice)' }),
    new AnonymizeError('ANON_CONFIG_REFUSED', { count: 1 }, found),
  ]) {
    const arrived = fromPlain(await send(toPlain(error)));
    expect(arrived).toBeInstanceOf(AnonymizeError);
    const { name, message, code, fix, facts, findings, exitCode } = error;
    expect(arrived).toMatchObject({ name, message, code, fix, facts, findings, exitCode });
  }
});

test('an error is made plain because a thread border takes its class away', async () => {
  expect(await send(new AnonymizeError('ANON_INTERRUPTED'))).not.toBeInstanceOf(AnonymizeError);
});

test('what nobody expected keeps its class and place, and loses its message', () => {
  const error = unexpected(new RangeError('canary'));
  expect(error.code).toBe('ANON_BUG');
  expect(error.message).toMatch(/RangeError at .*errors\.test\.ts:\d+:\d+/);
  expect(inspect(error)).not.toContain('canary');
});

test('a cause whose message looks like a stack is not quoted', () => {
  const error = unexpected(new Error('first\n    at canary (file.ts:1:1)'));
  expect(error.message).not.toContain('canary');
});
