import { z } from 'zod';

const id = z.string().max(512);
const integer = z.number().int();

/**
 * What a snapshot of a store must look like, in `truth.json` and in a server's answer alike. A server
 * that knows nothing of runs leaves out the run and the instant; `inFlight` is its gauge of requests
 * under way.
 */
export const truthSchema = z.object({
  schemaVersion: z.literal(1),
  runId: id.optional(),
  takenAtMs: z.number().optional(),
  products: z.array(
    z.object({
      id,
      initial: integer,
      remaining: integer,
      cached: integer.nullable().exactOptional(),
      ledgerOrdered: z.boolean().exactOptional(),
    }),
  ),
  orders: z.array(
    z.object({
      id,
      key: id.nullable(),
      userId: id,
      productId: id,
      quantity: integer,
      status: z.enum(['confirmed', 'cancelled', 'pending']),
      createdAtMs: z.number().exactOptional(),
    }),
  ),
  sessions: z
    .object({
      created: integer.exactOptional(),
      alive: integer,
      evicted: integer.exactOptional(),
      aliveMaxPerUser: integer,
    })
    .exactOptional(),
  limiter: z.object({ failedOpen: integer }).exactOptional(),
  ledger: z
    .array(
      z.object({
        seq: integer,
        key: id.nullable(),
        productId: id,
        delta: integer,
        stockAfter: integer,
      }),
    )
    .exactOptional(),
  inFlight: integer.nonnegative().optional(),
});

/** `truth.json` in a run folder: always of a run, and its ledger stands in a file of its own. */
export const storedTruthSchema = truthSchema
  .omit({ ledger: true, inFlight: true })
  .extend({ runId: id, takenAtMs: z.number() });
