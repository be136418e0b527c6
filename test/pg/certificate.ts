// Certificates for a test server: just enough of X.509 (RFC 5280), in DER, for an authority and a server of its own.

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Certificate {
  /** A certificate for a host name, signed by this authority. */
  issue(hostName: string, validity?: Validity): Certificate;
}

export interface Validity {
  readonly from: Date;
  readonly to: Date;
}

const DAY_MS = 86_400_000;
const today = (): Validity => ({ from: new Date(Date.now() - DAY_MS), to: new Date(Date.now() + DAY_MS) });

const der = (tag: number, ...contents: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};
const sequence = (...contents: readonly Uint8Array[]): Buffer => der(0x30, ...contents);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const time = (date: Date): Buffer =>
  der(
    0x17,
    Buffer.from(
      `${date
        .toISOString()
        .replace(/[-:T]|\.\d+/g, '')
        .slice(2, 14)}Z`,
    ),
  );
const bits = (content: Uint8Array): Buffer => der(0x03, Buffer.from([0]), content);

const COMMON_NAME = oid('550403');
const BASIC_CONSTRAINTS = oid('551d13');
const SUBJECT_ALT_NAME = oid('551d11');
const TRUE = der(0x01, Buffer.from([0xff]));
const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));
const VERSION_3 = der(0xa0, der(0x02, Buffer.from([2])));

const named = (name: string): Buffer => sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(name)))));
const pem = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;

interface Request {
  readonly subject: string;
  readonly issuer: string;
  readonly extension: Buffer;
  readonly validity: Validity;
  readonly signer?: KeyObject;
}

let serial = 0;

function certify({
  subject,
  issuer,
  extension,
  validity,
  signer,
}: Request): Certificate & { readonly privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = sequence(
    VERSION_3,
    der(0x02, Buffer.from([++serial])),
    ECDSA_WITH_SHA256,
    named(issuer),
    sequence(time(validity.from), time(validity.to)),
    named(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension)),
  );
  const signature = sign('sha256', body, signer ?? privateKey);
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { cert: pem(sequence(body, ECDSA_WITH_SHA256, bits(signature))), key, privateKey };
}

/** Makes an authority. */
export function makeAuthority(issuer: string): Authority {
  const extension = sequence(BASIC_CONSTRAINTS, TRUE, der(0x04, sequence(TRUE)));
  const { privateKey: signer, ...own } = certify({ subject: issuer, issuer, extension, validity: today() });
  const issue = (hostName: string, validity = today()): Certificate => {
    const names = sequence(der(0x82, Buffer.from(hostName)));
    const request = {
      subject: hostName,
      issuer,
      extension: sequence(SUBJECT_ALT_NAME, der(0x04, names)),
      validity,
      signer,
    };
    const { cert, key } = certify(request);
    return { cert, key };
  };
  return { ...own, issue };
}
