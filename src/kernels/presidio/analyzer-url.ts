// Where texts are sent: the URL of a Presidio analyzer, checked before anything goes there.

import { StrategyRefusal } from '../../strategy.ts';

/** A checked URL. */
export interface AnalyzerUrl {
  /** What is asked; without user and password. */
  readonly url: string;
  /** The same for messages: without the query, which may hold a key. */
  readonly shown: string;
  /** User and password of the URL as a header, if it has them. */
  readonly authorization: string | undefined;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** A part of a URL whose percent signs may stand for themselves. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * Checks the URL that a reference stood for.
 * @throws {StrategyRefusal} for what is no URL, and for plain http to another machine; never with the URL, which may hold a password
 */
export function analyzerUrl(text: string, { allowsPlainHttp }: { readonly allowsPlainHttp: boolean }): AnalyzerUrl {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new StrategyRefusal('presidio.url is not a URL of http or https', 'Write https://host/, or env:NAME for it.');
  }
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname) && !allowsPlainHttp) {
    throw new StrategyRefusal(
      'presidio.url would send texts in clear to another machine',
      'Use https, or set `plain_http: true` where the network is trusted.',
    );
  }
  const { username, password } = url;
  const user = Buffer.from(`${decoded(username)}:${decoded(password)}`);
  Object.assign(url, { username: '', password: '', hash: '' });
  if (!/\/analyze\/?$/.test(url.pathname)) url.pathname = `${url.pathname.replace(/\/$/, '')}/analyze`;
  return {
    url: url.href,
    shown: `${url.origin}${url.pathname}`,
    authorization: username || password ? `Basic ${user.toString('base64')}` : undefined,
  };
}
