// What is worth trying again: the one list of SQLSTATEs and network errors, each with its reason. All else fails at once: what
// the target refuses now it will refuse again.

import type { AnonymizeError } from '../errors.ts';

const REPEATABLE_SQLSTATES: Readonly<Record<string, string>> = {
  '08000': 'connection_exception: the connection broke; a new one may do',
  '08001': 'sqlclient_unable_to_establish_sqlconnection: something in between could not reach the server',
  '08003': 'connection_does_not_exist: something in between has lost the session',
  '08006': 'connection_failure: the connection broke; a new one may do',
  '40001': 'serialization_failure: another transaction was faster; the server asks to repeat ours',
  '40P01': 'deadlock_detected: the server chose our transaction to end it; the other one goes on and is soon done',
  '53300': 'too_many_connections: others will disconnect',
  '55P03': 'lock_not_available: who holds the lock will be done with it',
  '57P01': 'admin_shutdown: the server restarts, or an administrator ended our session alone',
  '57P02': 'crash_shutdown: the server recovers, and then is there again',
  '57P03': 'cannot_connect_now: the server starts, stops or recovers',
};

/** What `facts.network` of an error holds: the system's code, or a word for what the driver noticed by itself. */
const REPEATABLE_NETWORK: Readonly<Record<string, string>> = {
  ECONNRESET: 'the other side is gone, or something in between has cut the connection',
  ECONNABORTED: 'the connection was given up in between',
  ECONNREFUSED: 'nobody listens: the server restarts',
  EPIPE: 'the other side is gone',
  ENOTCONN: 'the other side is gone',
  ENOENT: 'no socket is there: the server restarts',
  ENOTFOUND: 'the host name did not resolve, although it did when the run began',
  EAI_AGAIN: 'the name server gave no answer',
  ETIMEDOUT: 'nothing comes back: the network may heal',
  EHOSTUNREACH: 'no route: the network may heal',
  ENETUNREACH: 'no route: the network may heal',
  ENETDOWN: 'our network is down, and may come back',
  ENETRESET: 'the network dropped the connection',
  ended: 'the connection ended without a word',
  unanswered: 'the server did not let us in in time',
};

/** Whether the same work may well succeed on a new connection. */
export function isRepeatable({ facts: { sqlstate, network } }: AnonymizeError): boolean {
  return Object.hasOwn(REPEATABLE_SQLSTATES, String(sqlstate)) || Object.hasOwn(REPEATABLE_NETWORK, String(network));
}

/** Whether nothing was begun yet: the database did not let us in. */
export const isAway = ({ facts }: AnonymizeError): boolean => facts.phase === 'connecting';
