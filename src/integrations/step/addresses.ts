import { lookup as resolveName } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { Problem } from '../../platform/errors/problem.ts';
import { problem } from '../../platform/errors/problem.ts';

/*
 * Link-local addresses and the ones where clouds hand out credentials of the machine: whoever may write a pipeline must
 * not become the machine. An address is looked at where the connection is made, so that a name which changes its mind
 * between question and connection gains nothing.
 */
const refused = new BlockList();
refused.addSubnet('169.254.0.0', 16, 'ipv4');
refused.addAddress('100.100.100.200', 'ipv4');
refused.addAddress('168.63.129.16', 'ipv4');
refused.addSubnet('fe80::', 10, 'ipv6');
refused.addAddress('fd00:ec2::254', 'ipv6');
refused.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
refused.addSubnet('2002:a9fe::', 32, 'ipv6');

/** Whether nothing may connect to this IP address, as text; one mapped into IPv6 is the same address. */
export function isRefusedAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const family = isIP(bare);
  return family !== 0 && refused.check(bare, family === 6 ? 'ipv6' : 'ipv4');
}

export const refusedAddress = (host: string): Problem =>
  problem('TG1922', { detail: `${host} is a link-local or metadata address.` });

/** Thrown by a lookup whose answer is such an address; the name under which undici gives it back. */
export class RefusedAddressError extends Error {
  readonly host: string;
  constructor(host: string) {
    super(`${host} resolves to an address that is not allowed`);
    this.name = 'RefusedAddressError';
    this.host = host;
  }
}

/** A lookup that answers only when none of the addresses is refused. */
export function guardedLookup(
  lookup: LookupFunction = resolveName as LookupFunction,
): LookupFunction {
  return (host, options, callback) => {
    lookup(host, options, (error, address, family) => {
      const all = Array.isArray(address) ? address.map((one) => one.address) : [address];
      if (!error && all.some((one) => isRefusedAddress(one)))
        callback(new RefusedAddressError(host), address, family);
      else callback(error, address, family);
    });
  };
}
