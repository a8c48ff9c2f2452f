/*
 * The import rule of ARCHITECTURE.md, as data. Tests are free to join what the product keeps apart. The parser is swc,
 * since TypeScript 7 has no API to parse with; test/rules/import-rule.test.ts shows that each rule catches something.
 */
const tests = '\\.(test|fixture)\\.ts$|/contract\\.ts$|^test/';
const source = (path) => ({ path, pathNot: tests });
const types = '^src/capabilities/[^/]+/types\\.ts$';

// biome-ignore lint/style/noDefaultExport: dependency-cruiser reads its configuration from the default export.
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle has no first file to read.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'platform-stands-alone',
      severity: 'error',
      from: source('^src/platform/'),
      to: { path: '^src/', pathNot: '^src/platform/' },
    },
    {
      name: 'engine-knows-no-delivery',
      severity: 'error',
      from: source('^src/engine/'),
      to: { path: '^src/', pathNot: '^src/(engine|platform)/' },
    },
    {
      name: 'contract-is-words-only',
      severity: 'error',
      from: source('^src/contract/'),
      to: { path: '^src/', pathNot: ['^src/(contract|platform)/', types] },
    },
    {
      name: 'capability-sees-its-neighbours-nouns-and-reads',
      severity: 'error',
      from: source('^src/capabilities/([^/]+)/'),
      to: {
        path: '^src/',
        pathNot: [
          '^src/(engine|platform|contract)/',
          '^src/capabilities/$1/',
          '^src/capabilities/[^/]+/(types|reads)\\.ts$',
          '^src/integrations/[^/]+/port\\.ts$',
        ],
      },
    },
    {
      name: 'decisions-are-pure',
      comment: 'A decision reads no clock, file, network or database.',
      severity: 'error',
      from: source('^src/capabilities/[^/]+/decide[^/]*\\.ts$'),
      to: {
        path: [
          '^node:',
          '/(store|reads|reconcile|effects|operations|routes)\\.ts$',
          '^src/platform/(db|http|log|config)/',
        ],
        pathNot: '^src/platform/db/types\\.ts$',
      },
    },
    {
      name: 'decisions-use-no-io-of-node',
      severity: 'error',
      from: source('^src/capabilities/[^/]+/decide[^/]*\\.ts$'),
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'adapter-keeps-to-its-port',
      severity: 'error',
      from: source('^src/integrations/([^/]+)/'),
      to: {
        path: '^src/',
        pathNot: ['^src/(platform|contract)/', '^src/integrations/$1/', types],
      },
    },
    {
      name: 'cli-speaks-the-contract',
      severity: 'error',
      from: source('^src/cli/'),
      to: { path: '^src/', pathNot: '^src/(cli|contract|platform)/' },
    },
    {
      name: 'agent-stands-apart-from-the-control-plane',
      severity: 'error',
      from: source('^src/agent/'),
      to: { path: '^src/', pathNot: ['^src/(agent|platform|contract|integrations)/', types] },
    },
    {
      name: 'only-main-composes',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(main|compose)[^/]*\\.ts$', tests] },
      to: { path: '^src/(main|compose)[^/]*\\.ts$' },
    },
    {
      name: 'examples-are-outsiders',
      comment:
        'What we deliver as an example must not lean on what delivers it; the demo drives it from outside.',
      severity: 'error',
      from: { path: '^examples/(probe|status-page|load)/', pathNot: tests },
      to: { path: '^src/' },
    },
    {
      name: 'dashboard-is-a-client-of-the-api',
      comment: 'It knows the words of the API and nothing of who answers.',
      severity: 'error',
      from: { path: '^web/src/' },
      to: { path: '^(src|test|examples|setup)/', pathNot: '^src/contract/' },
    },
    {
      name: 'dashboard-ships-no-contract',
      comment:
        'What is checked is checked by the server: a page that carried zod would be twice as long to load.',
      severity: 'error',
      from: { path: '^web/src/', pathNot: '\\.test\\.tsx?$' },
      to: { path: '^src/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nothing-of-the-server-asks-the-dashboard',
      severity: 'error',
      from: { path: '^(src|examples)/' },
      to: { path: '^web/' },
    },
    {
      name: 'nothing-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
};
