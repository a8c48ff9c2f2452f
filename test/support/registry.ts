import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const digestOf = (data: Buffer) => `sha256:${createHash('sha256').update(data).digest('hex')}`;
const kind = (name: string) => `application/vnd.docker.${name}`;

/**
 * A registry with one image of one layer (a tar), at `HOST:PORT/NAME:TAG` on the loopback address; anything else in it is
 * unknown. Source: OCI Distribution Specification, "Pull". `asked` is what was asked for.
 */
export async function startRegistry(name: string, tag: string, layer: Buffer) {
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    }),
  );
  const part = (mediaType: string, data: Buffer) => ({
    ...{ mediaType, size: data.length, digest: digestOf(data) },
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: kind('distribution.manifest.v2+json'),
      config: part(kind('container.image.v1+json'), config),
      layers: [part(kind('image.rootfs.diff.tar'), layer)],
    }),
  );
  const blobs = new Map([config, layer].map((data) => [digestOf(data), data]));
  const asked: string[] = [];
  const server = createServer(({ method = '', url = '' }, response) => {
    asked.push(`${method} ${url}`);
    const [, found, ref = ''] = new RegExp(`^/v2/${name}/(manifests|blobs)/(.+)$`).exec(url) ?? [];
    const isManifest = found === 'manifests' && [tag, digestOf(manifest)].includes(ref);
    const data = isManifest ? manifest : blobs.get(ref);
    if (url === '/v2/') send(response, 200, Buffer.from('{}'), 'application/json');
    else if (!data) send(response, 404, unknown, 'application/json');
    else
      send(
        response,
        200,
        data,
        isManifest ? kind('distribution.manifest.v2+json') : 'application/octet-stream',
      );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, asked, stop: () => server.close() };
}

const unknown = Buffer.from(
  JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] }),
);

function send(response: ServerResponse, status: number, data: Buffer, type: string): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': data.length,
    'docker-content-digest': digestOf(data),
  });
  response.end(data);
}
