import { randomBytes } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const timeLength = 9;
const chanceLength = 9;

/**
 * `ro-` and 18 characters of Crockford's base 32: 45 bits of milliseconds, then 45 bits of chance. Ids sort by
 * the time of their making.
 */
export function newId(prefix: string, now: number = Date.now()): string {
  const time = encode(BigInt(now), timeLength);
  const chance = encode(BigInt(`0x${randomBytes(6).toString('hex')}`), chanceLength);
  return `${prefix}-${time}${chance}`;
}

function encode(value: bigint, length: number): string {
  let rest = value;
  let text = '';
  for (let index = 0; index < length; index += 1) {
    text = `${alphabet[Number(rest & 31n)]}${text}`;
    rest >>= 5n;
  }
  return text;
}
