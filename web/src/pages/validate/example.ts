/** What stands in the editor at first: the shortest application that can be delivered. */
export const example = `apiVersion: tidegate.dev/v1
kind: Application
metadata: { name: hello }
spec:
  owner: me@example.com
  source: { repository: /srv/git/hello.git }
  run: { command: [node, server.js], health: { readiness: { path: /ready } } }
  environments: [{ name: staging }, { name: production }]
  strategy: { canary: { steps: [{ setWeight: 10 }, { pause: { duration: 1m } }] } }
`;
