import { defineConfig } from 'vitest/config';

/** Files that decide rollback and recovery: every line of them is run by a test. */
const decisive = [
  'src/capabilities/**/decide*.ts',
  'src/capabilities/releases/effects.ts',
  'src/capabilities/rollouts/{actions,open,analysis-opening}.ts',
  'src/engine/{plan-write,backoff,store-write,store-effects}.ts',
  'src/integrations/driver/process/decide.ts',
];

// biome-ignore lint/style/noDefaultExport: Vitest reads its configuration from the default export.
export default defineConfig({
  test: {
    // Most tests wait for a database or a process, so all cores may have one.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,test,examples}/**/*.test.ts'],
          exclude: ['**/*.journey.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        // The dashboard's own, in a page that is none; real browsers are in the journeys.
        test: {
          name: 'web',
          include: ['web/src/**/*.test.{ts,tsx}'],
          environment: 'happy-dom',
          testTimeout: 30_000,
        },
      },
      {
        // Whole systems of real processes: last, and one at a time, since they are about time.
        test: {
          name: 'journeys',
          include: ['test/e2e/**/*.journey.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // The roles run as processes of their own, in the journeys, where no coverage is taken.
      exclude: [
        'src/main*.ts',
        '**/*.test.ts',
        '**/*fixture*.ts',
        '**/contract.ts',
        '**/simulator*.ts',
      ],
      reporter: ['text-summary', 'json-summary'],
      thresholds: {
        lines: 90,
        ...Object.fromEntries(decisive.map((glob) => [glob, { lines: 100 }])),
      },
    },
  },
});
