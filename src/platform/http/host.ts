const loopbackName = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|[a-z0-9-]+\.localhost)$/i;
const loopbackAddress = /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/;

/**
 * Whether a request may name this host. A page of a stranger's can make a browser look up the stranger's own name
 * as 127.0.0.1 and then talk to this server as if it were the stranger's (DNS rebinding); the Host header still
 * tells. So over loopback only loopback names and configured hosts are served.
 */
export function isServedHost(
  host: string | undefined,
  localAddress: string | undefined,
  configured: readonly string[],
): boolean {
  if (localAddress !== undefined && !loopbackAddress.test(localAddress)) return true;
  const name = (host ?? '').replace(/:\d+$/, '').toLowerCase();
  return loopbackName.test(name) || configured.some((one) => one.toLowerCase() === name);
}
