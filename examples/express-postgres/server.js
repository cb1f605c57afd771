// A shop on Express and PostgreSQL. DATABASE_URL says where the database is, PORT where to listen.
//
// OVERSELL=1 makes it wrong the way shops are wrong: it reads the stock, thinks, and writes back what it
// believes is left. Without it the database decides in one statement.
import { randomUUID } from 'node:crypto';
import express from 'express';
import pg from 'pg';

const oversells = process.env.OVERSELL === '1';
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const app = express();
app.use(express.json());

/** People by their access token. */
const people = new Map();

async function reset(products) {
  await pool.query(`
    CREATE TABLE IF NOT EXISTS products (id text PRIMARY KEY, stock integer NOT NULL);
    CREATE TABLE IF NOT EXISTS orders (
      id bigserial PRIMARY KEY, request_id text UNIQUE, customer text NOT NULL,
      product text NOT NULL, units integer NOT NULL, state text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp());
    TRUNCATE products, orders`);
  for (const { id, stock } of products) {
    await pool.query('INSERT INTO products VALUES ($1, $2)', [id, stock]);
  }
}

app.put('/admin/products/:id', async (request, response) => {
  await reset([{ id: request.params.id, stock: request.body.stock }]);
  response.status(204).end();
});

app.post('/auth', (request, response) => {
  const accessToken = randomUUID();
  people.set(accessToken, request.body.customer);
  response.json({ data: { accessToken } });
});

app.use((request, response, next) => {
  request.customer = people.get(request.get('authorization')?.replace('Bearer ', ''));
  if (request.customer === undefined) response.status(401).json({ error: 'LOGIN_FIRST' });
  else next();
});

app.get('/products/:id', async (request, response) => {
  const { rows } = await pool.query('SELECT * FROM products WHERE id = $1', [request.params.id]);
  response.json({ product: rows[0] ?? null });
});

app.get('/orders', async (request, response) => {
  const { rows } = await pool.query('SELECT id, state FROM orders WHERE request_id = $1', [
    request.query.requestId,
  ]);
  if (rows.length === 0) response.status(404).json({ error: 'NO_SUCH_ORDER' });
  else response.json({ order: rows[0] });
});

app.post('/orders', async (request, response) => {
  const { product, units, requestId } = request.body;
  const order = [requestId, request.customer, product, units];
  const earlier = await pool.query('SELECT id FROM orders WHERE request_id = $1', [requestId]);
  if (earlier.rows.length > 0) {
    response.status(201).json({ order: earlier.rows[0] });
    return;
  }
  const id = oversells ? await readThenWrite(order) : await inOneStatement(order);
  if (id === undefined) response.status(409).json({ error: 'OUT_OF_STOCK' });
  else response.status(201).json({ order: { id } });
});

const insertOrder = `INSERT INTO orders (request_id, customer, product, units, state)
  VALUES ($1, $2, $3, $4, 'PAID') RETURNING id`;

/** Wrong: between reading and writing others have read the same stock. */
async function readThenWrite([requestId, customer, product, units]) {
  const { rows } = await pool.query('SELECT stock FROM products WHERE id = $1', [product]);
  const left = (rows[0]?.stock ?? 0) - units;
  if (left < 0) return undefined;
  await new Promise((resolve) => setTimeout(resolve, 5)); // asks the payment service
  await pool.query('UPDATE products SET stock = $2 WHERE id = $1', [product, left]);
  return (await pool.query(insertOrder, [requestId, customer, product, units])).rows[0].id;
}

/** Right: the row is taken only where there is enough of it, and the order goes with it. */
async function inOneStatement([requestId, customer, product, units]) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const taken = await client.query(
      'UPDATE products SET stock = stock - $2 WHERE id = $1 AND stock >= $2',
      [product, units],
    );
    const id =
      taken.rowCount === 0
        ? undefined
        : (await client.query(insertOrder, [requestId, customer, product, units])).rows[0].id;
    await client.query('COMMIT');
    return id;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

await reset([]);
const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
server.keepAliveTimeout = 60_000;
