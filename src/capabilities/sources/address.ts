/** The address without a password or token, for events and messages. */
export function maskAddress(address: string): string {
  return address.replace(/^(\w+:\/\/)[^/@\s]+@/, '$1***@');
}

/** Two addresses of one repository give the same text: `git@host:a/b.git` and `https://host/a/b` are `host/a/b`. */
export function sameRepository(address: string): string {
  const plain = address
    .trim()
    .replace(/^file:\/\//, '')
    .replace(/^\w+:\/\/(?:[^/@]+@)?/, '')
    .replace(/^[A-Za-z0-9_.]+@([A-Za-z0-9.-]+):/, '$1/')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '');
  const slash = plain.indexOf('/');
  return slash > 0 ? plain.slice(0, slash).toLowerCase() + plain.slice(slash) : plain;
}
