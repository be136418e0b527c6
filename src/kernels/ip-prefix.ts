// IP addresses made coarse: the network of so many leading bits that an inet or cidr lies in.

import type { ColumnOutput } from '../batch/column.ts';
import { asciiOf } from './decimals.ts';
import { writeNumber } from './number-text.ts';

const POINT = 0x2e;
const SLASH = 0x2f;
const ZERO = 0x30;
const IPV4_BITS = 32;
/** `255.255.255.255/32` */
const MOST_IPV4_BYTES = 18;
const IPV6_BITS = 128;
const GROUPS = 8;

/** Leading bits that stay, for each family. */
export interface PrefixLengths {
  readonly ipv4: number;
  readonly ipv6: number;
}

/** Appends the network of an address. @returns false for what is no address, with nothing written */
export function writeNetwork(
  { bytes, at, end }: { readonly bytes: Uint8Array; readonly at: number; readonly end: number },
  prefixes: PrefixLengths,
  output: ColumnOutput,
): boolean {
  const address = readIpv4(bytes, at, end);
  if (address >= 0) {
    const size = 2 ** (IPV4_BITS - prefixes.ipv4);
    writeIpv4(address - (address % size), prefixes.ipv4, output);
    return true;
  }
  const network = networkOf(asciiOf(bytes, at, end), prefixes);
  if (network !== undefined) output.write(Buffer.from(network, 'latin1'));
  return network !== undefined;
}

/** The number of a plain IPv4 address, or -1 for anything else. */
function readIpv4(bytes: Uint8Array, at: number, end: number): number {
  let address = 0;
  let part = -1;
  let points = 0;
  for (let position = at; position < end; position++) {
    const byte = bytes[position]!; // position < end
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) {
      part = (part < 0 ? 0 : part) * 10 + digit;
      if (part > 255) return -1;
    } else {
      if (byte !== POINT || part < 0) return -1;
      address = address * 256 + part;
      part = -1;
      points++;
    }
  }
  return points === 3 && part >= 0 ? address * 256 + part : -1;
}

function writeIpv4(address: number, prefix: number, output: ColumnOutput): void {
  output.room(MOST_IPV4_BYTES);
  const { bytes } = output;
  let { at } = output;
  for (let shift = 24; shift >= 0; shift -= 8) {
    at = writeNumber(bytes, at, (address >>> shift) & 255);
    bytes[at++] = shift > 0 ? POINT : SLASH;
  }
  output.at = writeNumber(bytes, at, prefix);
}

/**
 * The network of an address, such as `10.1.2.0/24`. An address that comes with a shorter prefix keeps that.
 * @returns undefined for what is no address
 */
export function networkOf(text: string, { ipv4, ipv6 }: PrefixLengths): string | undefined {
  const [address = '', own] = text.split('/');
  const isIpv6 = address.includes(':');
  const parts = isIpv6 ? groupsOf(address) : bytesOf(address);
  const most = isIpv6 ? IPV6_BITS : IPV4_BITS;
  if (!parts || (own !== undefined && !(/^\d{1,3}$/.test(own) && Number(own) <= most))) return undefined;
  const prefix = Math.min(isIpv6 ? ipv6 : ipv4, own === undefined ? most : Number(own));
  const width = isIpv6 ? 16 : 8;
  const network = parts.map((part, index) => {
    const dropped = Math.min(width, Math.max(0, (index + 1) * width - prefix));
    return (part >> dropped) << dropped;
  });
  return `${isIpv6 ? ipv6Text(network) : network.join('.')}/${prefix}`;
}

function bytesOf(address: string): number[] | undefined {
  const bytes = address.split('.').map(part => (/^\d{1,3}$/.test(part) ? Number(part) : NaN));
  return bytes.length === 4 && bytes.every(byte => byte <= 255) ? bytes : undefined;
}

/** Eight groups of 16 bits of `2001:db8::1` or `::ffff:10.1.2.3`. */
function groupsOf(address: string): number[] | undefined {
  const tail = /^(.*:)([\d.]*\.[\d.]*)$/.exec(address);
  const ipv4 = tail ? bytesOf(tail[2]!) : []; // the pattern has two groups
  if (!ipv4) return undefined;
  const [first = 0, second = 0, third = 0, fourth = 0] = ipv4;
  const hexadecimal = tail
    ? `${tail[1]}${(first * 256 + second).toString(16)}:${(third * 256 + fourth).toString(16)}`
    : address;
  const [head = '', rest, ...more] = hexadecimal.split('::');
  const left = groupList(head);
  const right = rest === undefined ? [] : groupList(rest);
  const missing = GROUPS - left.length - right.length;
  const isComplete = rest === undefined ? missing === 0 : missing > 0 && more.length === 0;
  const groups = [...left, ...Array.from({ length: Math.max(0, missing) }, () => 0), ...right];
  return isComplete && groups.every(group => group <= 0xffff) ? groups : undefined;
}

/** NaN for a group that is none. */
function groupList(text: string): number[] {
  if (text === '') return [];
  return text.split(':').map(group => (/^[\da-f]{1,4}$/i.test(group) ? Number.parseInt(group, 16) : NaN));
}

/** A network ends in zeros, which become `::`. */
function ipv6Text(groups: readonly number[]): string {
  const used = groups.findLastIndex(group => group !== 0) + 1;
  if (used >= GROUPS - 1) return groups.map(group => group.toString(16)).join(':');
  return `${groups
    .slice(0, used)
    .map(group => group.toString(16))
    .join(':')}::`;
}
