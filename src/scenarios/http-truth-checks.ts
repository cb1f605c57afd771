import type { CrossFinding } from './cross-finding.ts';
import type { Path } from './document.ts';
import type { Scenario } from './schema.ts';

type Http = NonNullable<Scenario['target']['http']>;
type Truth = NonNullable<Http['truth']>;

const truthPath: Path = ['target', 'http', 'truth'];
const sources = ['postgres', 'mysql', 'redis', 'http'] as const;
const parts = ['stock', 'orders', 'sessions'] as const;

/** What is wrong between the sources that an own server's store is looked into with. */
export function checkHttpTruth(
  { sale }: Scenario,
  { truth, truthUrl }: Http,
): readonly CrossFinding[] {
  return truth === undefined
    ? []
    : [...checkSources(truth, truthUrl), ...checkColumns(truth, sale)];
}

function finding(path: Path, at: 'key' | 'value', what: string, fix: string): CrossFinding {
  return { path, at, uses: [path, truthPath], what, fix };
}

function checkSources(truth: Truth, truthUrl: string | undefined): CrossFinding[] {
  const found: CrossFinding[] = [];
  const asked = parts.filter((part) =>
    sources.some((source) => truth[source]?.[part] !== undefined),
  );
  if (truthUrl !== undefined && asked.length > 0) {
    found.push(
      finding(
        truthPath,
        'key',
        'truthUrl shows the store already',
        'keep one of truthUrl and truth',
      ),
    );
  }
  for (const part of asked) {
    const [, second] = sources.filter((source) => truth[source]?.[part] !== undefined);
    if (second === undefined) continue;
    found.push(
      finding([...truthPath, second, part], 'key', `${part} comes from two sources`, 'keep one'),
    );
  }
  return found;
}

/** Columns that rows of JSON cannot do without; those of SQL are known when it is asked. */
function checkColumns({ redis, http }: Truth, { products }: Scenario['sale']): CrossFinding[] {
  const found: CrossFinding[] = [];
  const needs = (
    path: Path,
    columns: Readonly<Record<string, unknown>> | undefined,
    name: string,
  ): void => {
    if (columns === undefined || columns[name] !== undefined) return;
    found.push(
      finding(
        [...path, 'columns'],
        'key',
        `the column ${name} is missing`,
        `add ${name}: $.${name}`,
      ),
    );
  };
  needs([...truthPath, 'redis', 'orders'], redis?.orders?.columns, 'id');
  needs([...truthPath, 'http', 'orders'], http?.orders?.columns, 'id');
  needs([...truthPath, 'http', 'stock'], http?.stock?.columns, 'remaining');
  needs([...truthPath, 'http', 'sessions'], http?.sessions?.columns, 'user');
  needs([...truthPath, 'redis', 'sessions'], redis?.sessions?.columns, 'user');
  if (
    redis?.stock !== undefined &&
    products.length > 1 &&
    !redis.stock.includes('{{product.id}}')
  ) {
    found.push(
      finding(
        [...truthPath, 'redis', 'stock'],
        'value',
        `there are ${products.length} products, and this asks for one`,
        'put {{product.id}} where the key names the product',
      ),
    );
  }
  return found;
}
