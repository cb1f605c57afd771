import { z } from 'zod';
import { compileJsonPath } from '../core/json-path.ts';
import { isReadOnlySql } from '../targets/http/truth/read-only-sql.ts';
import { isReadCommand, readCommands } from '../targets/http/truth/redis-commands.ts';
import { parseThreshold } from './thresholds.ts';
import { listOf, oneOf, text } from './values.ts';

/** The part of the scenario's schema that says how the store of the user's own server is looked into. */

const query = text('SELECT id, stock AS remaining FROM products').refine(isReadOnlySql, {
  error: 'a probe only reads: write one statement that begins with SELECT or WITH',
});

const command = text('GET stock:{{product.id}}').refine(isReadCommand, {
  error: `a probe only reads: write one of ${readCommands.slice(0, 6).join(', ')}, …`,
});

const jsonPath = text('$.id').refine((written) => compileJsonPath(written) !== undefined, {
  error: 'write a JSONPath of names and indexes, such as $.id',
});

const checkName = z.string().regex(/^[A-Za-z]\w{0,62}$/, {
  error: 'write letters, digits and _, such as unpaidOrders',
});

const expectation = z.union(
  [
    z.number(),
    text('<= 5').refine((written) => parseThreshold('', written) !== undefined, {
      error: 'write a number such as 0, or a comparison such as "<= 5"',
    }),
  ],
  { error: 'write a number such as 0, or a comparison such as "<= 5"' },
);

const checks = z.record(
  checkName,
  z.strictObject({
    query: query.describe('Answers one number.'),
    expect: expectation.describe('The number, or a comparison with one.'),
  }),
);

const sqlSource = z.strictObject({
  url: text('postgres://user:password@localhost/shop').describe('Where it listens.'),
  stock: query
    .optional()
    .describe('Rows of `remaining`, with `product` where there are several, and maybe `initial`.'),
  orders: query
    .optional()
    .describe(
      'Rows of `id`, and of `user`, `key`, `product`, `quantity`, `status`, `time` as there are.',
    ),
  sessions: query
    .optional()
    .describe('Rows of `user`, one for each live session, or with how many in `alive`.'),
  checks: checks
    .optional()
    .describe('Invariants of your own: a query of a number, and what it is.'),
});

const orderColumns = ['id', 'user', 'key', 'product', 'quantity', 'status', 'time'] as const;
const stockColumns = ['product', 'remaining', 'initial'] as const;
const sessionColumns = ['user', 'alive'] as const;

const columnsOf = <const Name extends string>(names: readonly Name[]) =>
  z
    .partialRecord(oneOf(names), jsonPath)
    .describe(`Where in a row what stands: ${listOf(names)}, by JSONPath.`);

const rowsOfCommand = <const Name extends string>(names: readonly Name[]) =>
  z.strictObject({
    command: command.describe('Answers rows of JSON.'),
    columns: columnsOf(names),
  });

const rowsOf = <const Name extends string>(names: readonly Name[]) =>
  z.strictObject({
    path: text('/admin/orders')
      .regex(/^\//, { error: 'write a path that begins with /' })
      .describe('Below the base URL, with its query.'),
    rows: jsonPath.default('$[*]').describe('Where the rows are in the answer.'),
    columns: columnsOf(names),
  });

/** `target.http.truth`. */
export const truthSchema = z
  .strictObject({
    postgres: sqlSource.optional().describe('A PostgreSQL, asked in a READ ONLY transaction.'),
    mysql: sqlSource.optional().describe('A MySQL or MariaDB, asked in a READ ONLY transaction.'),
    redis: z
      .strictObject({
        url: text('redis://localhost').describe('Where it listens.'),
        stock: command
          .optional()
          .describe('Answers the units left; with {{product.id}} it is asked for each product.'),
        orders: rowsOfCommand(orderColumns).optional().describe('A command of rows.'),
        sessions: rowsOfCommand(sessionColumns).optional().describe('A command of rows.'),
      })
      .optional()
      .describe('A Redis, asked by commands that only read.'),
    http: z
      .strictObject({
        baseUrl: z
          .url({ protocol: /^https?$/, error: 'write an http:// or https:// URL' })
          .optional()
          .describe('Left out, that of the server.'),
        headers: z.record(z.string(), z.string()).optional().describe('By name.'),
        stock: rowsOf(stockColumns).optional().describe('A GET request of rows.'),
        orders: rowsOf(orderColumns).optional().describe('A GET request of rows.'),
        sessions: rowsOf(sessionColumns).optional().describe('A GET request of rows.'),
      })
      .optional()
      .describe('An endpoint of the server, asked by GET.'),
    statuses: z
      .record(z.string(), oneOf(['confirmed', 'cancelled', 'pending']))
      .optional()
      .describe('What its own words for the state of an order mean.'),
    user: text('{{accounts.email}}')
      .optional()
      .describe('What a row calls a person; left out, {{user.id}}.'),
  })
  .describe('How its store is looked into, read-only.');
