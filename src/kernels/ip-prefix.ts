// IP addresses made coarse: the network of so many leading bits that an inet or cidr lies in.

const IPV4_BITS = 32;
const IPV6_BITS = 128;
const GROUPS = 8;

/** Leading bits that stay, for each family. */
export interface PrefixLengths {
  readonly ipv4: number;
  readonly ipv6: number;
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
