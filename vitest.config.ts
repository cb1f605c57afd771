import { defineConfig } from 'vitest/config';

// Real databases and real races share two cores: few at once, in groups, one after the other.
const shared = { environment: 'node', testTimeout: 30_000, hookTimeout: 60_000 } as const;

// CI reads the counts of its closing line from this file.
const json = process.env['FLASHSIM_TEST_JSON'];

export default defineConfig({
  test: {
    reporters: json === undefined ? ['default'] : ['default', ['json', { outputFile: json }]],
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/*.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'contract',
          include: ['test/contract/**/*.test.ts', 'test/integration/**/*.test.ts'],
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...shared,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          setupFiles: ['test/helpers/own-temporary-folder.ts'],
          // A sale is mostly waited for. More at once than this, and latencies spoil those that are about time.
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // About how fast something is: nothing else may run beside it.
        test: {
          ...shared,
          name: 'e2e-alone',
          include: ['test/e2e-alone/**/*.test.ts'],
          testTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          ...shared,
          name: 'zoo',
          include: ['test/zoo/**/*.test.ts'],
          testTimeout: 120_000,
          fileParallelism: false,
          // Sales under way at once: more would spoil those that are about time.
          maxConcurrency: 3,
          sequence: { groupOrder: 4 },
        },
      },
      {
        // Every command of the guides: minutes of sales, so not part of `npm test` (`npm run test:guides`).
        test: {
          ...shared,
          name: 'guides',
          include: ['test/guides/**/*.test.ts'],
          testTimeout: 120_000,
          sequence: { groupOrder: 5 },
        },
      },
      {
        // What takes long because it waits for real time, and may have nothing beside it (`npm run test:long`).
        test: {
          ...shared,
          name: 'long',
          include: ['test/long/**/*.test.ts'],
          testTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 6 },
        },
      },
    ],
  },
});
