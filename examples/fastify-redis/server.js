// A shop on Fastify and Redis. REDIS_URL says where Redis is, PORT where to listen. Orders are taken at
// once and made later: the answer is 202, and a worker decides.
//
// OVERSELL=1 makes it wrong: it reads the count, compares, and then counts down. Without it one Lua script
// does both, and nothing comes between.
import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { Redis } from 'ioredis';

const oversells = process.env.OVERSELL === '1';
const redis = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379');
const app = Fastify({ keepAliveTimeout: 60_000 });

const takeScript = `
local left = tonumber(redis.call('GET', KEYS[1]) or '0')
if left < tonumber(ARGV[1]) then return -1 end
return redis.call('DECRBY', KEYS[1], ARGV[1])`;

app.post('/reset', async (request, reply) => {
  const { sku, stock } = request.body;
  await redis.del('orders');
  await redis.set(`stock:${sku}`, stock);
  return reply.code(204).send();
});

app.get('/items/:sku', async (request) => {
  const left = await redis.get(`stock:${request.params.sku}`);
  return { sku: request.params.sku, left: Number(left) };
});

app.post('/buy', async (request, reply) => {
  const key = request.headers['idempotency-key'];
  const known = await redis.hget('orders', key);
  if (known !== null) return reply.code(202).send({ id: JSON.parse(known).id });
  const { sku, quantity } = request.body;
  const user = request.headers['x-user'];
  const order = { id: randomUUID(), key, sku, quantity, user, createdAt: Date.now() };
  // Once for each key, however often it comes.
  await redis.hsetnx('orders', key, JSON.stringify({ ...order, state: 'queued' }));
  setTimeout(() => void decide(order), 0);
  return reply.code(202).send({ id: order.id });
});

async function decide(order) {
  const isTaken = oversells ? await readThenCount(order) : await countInOneStep(order);
  const state = isTaken ? 'made' : 'sold-out';
  await redis.hset('orders', order.key, JSON.stringify({ ...order, state }));
}

/** Wrong: others read the same count before it is counted down. */
async function readThenCount({ sku, quantity }) {
  const left = Number(await redis.get(`stock:${sku}`));
  if (left < quantity) return false;
  await new Promise((resolve) => setTimeout(resolve, 5)); // asks the payment service
  await redis.decrby(`stock:${sku}`, quantity);
  return true;
}

async function countInOneStep({ sku, quantity }) {
  return (await redis.eval(takeScript, 1, `stock:${sku}`, quantity)) >= 0;
}

app.get('/buy/:key', async (request, reply) => {
  const known = await redis.hget('orders', request.params.key);
  if (known === null) return reply.code(404).send({ state: 'unknown' });
  const { id, state } = JSON.parse(known);
  return { id, state };
});

await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' });
console.log(`listening on http://127.0.0.1:${app.server.address().port}`);
