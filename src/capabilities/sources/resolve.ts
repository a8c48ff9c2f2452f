import { isAbsolute, posix, resolve } from 'node:path';

/**
 * The address of an application's repository, made absolute. What is absolute already passes through. A relative
 * one starts at the config repository's own address, as Git does it for submodules (gitmodules(5)):
 * `../services/probe.git` of `/srv/git/config.git` is `/srv/git/services/probe.git`, and of
 * `https://host/team/config.git` it is `https://host/team/services/probe.git`.
 */
export function resolveAddress(declared: string, configAddress: string): string {
  if (/^[a-z]+:\/\//i.test(declared) || isAbsolute(declared)) return declared;
  if (/^[A-Za-z0-9_.]+@[A-Za-z0-9.-]+:/.test(declared)) return declared;
  const url = /^([a-z]+:\/\/[^/]*)(\/.*)$/i.exec(configAddress);
  if (url) return `${url[1]}${beside(url[2] ?? '/', declared)}`;
  const scp = /^([A-Za-z0-9_.]+@[A-Za-z0-9.-]+:)(.*)$/.exec(configAddress);
  if (scp) return `${scp[1]}${beside(`/${scp[2]}`, declared).slice(1)}`;
  return resolve(configAddress, declared);
}

/** A path cannot climb above the root, so what follows the host stays on it. */
const beside = (path: string, declared: string): string => posix.resolve('/', path, declared);
