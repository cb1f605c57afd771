import { isNode, mapAt, type Node, type OpenApi, textAt } from './document.ts';

/** An operation of the file. */
export interface ApiOperation {
  readonly method: string;
  readonly path: string;
  readonly node: Node;
  /** Its own and those of its path, references followed. */
  readonly parameters: readonly Node[];
}

/** What a shopper does. */
export type ShopperOperation = 'login' | 'page' | 'order' | 'status' | 'cancel';

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

interface Kind {
  readonly methods: readonly string[];
  readonly says: RegExp;
  readonly never?: RegExp;
  /** Whether its path ends in a parameter, where it has the choice. */
  readonly endsInParameter: boolean;
}

const orders = /orders?\b|purchases?\b|checkout|buy\b|reservations?\b|bookings?\b/i;

/** How each is told from the others, by the words of its path, id, tags and summary. */
const kinds: Readonly<Record<ShopperOperation, Kind>> = {
  login: {
    methods: ['POST'],
    says: /log-?in|sign-?in|authenticat|\bauth\b|sessions?\b|tokens?\b/i,
    never: /log-?out|sign-?out|sign-?up|regist|refresh|revoke/i,
    endsInParameter: false,
  },
  order: {
    methods: ['POST', 'PUT'],
    says: orders,
    never: /cancel|refund|login|\bpay|ship|return/i,
    endsInParameter: false,
  },
  status: { methods: ['GET'], says: orders, endsInParameter: true },
  cancel: {
    methods: ['DELETE', 'POST'],
    says: /cancel|(?:delete|remove|withdraw)/i,
    never: /login|session|product|\bcart|user/i,
    endsInParameter: true,
  },
  page: {
    methods: ['GET'],
    says: /products?\b|items?\b|catalog|sales?\b|drops?\b/i,
    never: orders,
    endsInParameter: true,
  },
};

/** Every operation of the file, in its order. */
function operationsOf(api: OpenApi): readonly ApiOperation[] {
  return Object.entries(mapAt(api.root, 'paths')).flatMap(([path, written]) => {
    const item = api.follow(written);
    return methods.flatMap((method) => {
      const node = item[method];
      if (!isNode(node) || !path.startsWith('/')) return [];
      const parameters = [...listAt(item, 'parameters'), ...listAt(node, 'parameters')];
      const followed = parameters.map((parameter) => api.follow(parameter));
      return [{ method: method.toUpperCase(), path, node, parameters: followed }];
    });
  });
}

function listAt(node: Node, key: string): readonly unknown[] {
  const member = node[key];
  return Array.isArray(member) ? (member as unknown[]) : [];
}

/** The operations that shoppers need, each the likeliest of the file. */
export function findOperations(
  api: OpenApi,
): Readonly<Partial<Record<ShopperOperation, ApiOperation>>> {
  const all = operationsOf(api);
  const found: Partial<Record<ShopperOperation, ApiOperation>> = {};
  for (const name of ['login', 'order', 'status', 'cancel', 'page'] as const) {
    const taken = Object.values(found);
    const [best] = all
      .filter((operation) => !taken.includes(operation))
      .map((operation) => ({ operation, score: scoreOf(operation, kinds[name]) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score);
    if (best !== undefined) found[name] = best.operation;
  }
  return found;
}

/** 0 when it cannot be meant. The path says most, then the id, then what is written for people. */
function scoreOf({ method, path, node }: ApiOperation, kind: Kind): number {
  if (!kind.methods.includes(method)) return 0;
  const id = spaced(textAt(node, 'operationId'));
  const fixed = path.replaceAll(/\{[^}]*\}/g, '');
  if (kind.never?.test(`${fixed} ${id}`) === true) return 0;
  const tags = listAt(node, 'tags').join(' ');
  const told = `${tags} ${textAt(node, 'summary')}`;
  const isDelete = kind === kinds.cancel && method === 'DELETE' && orders.test(fixed);
  const score =
    (kind.says.test(fixed) ? 4 : 0) +
    (kind.says.test(id) ? 3 : 0) +
    (kind.says.test(told) ? 1 : 0) +
    (isDelete ? 4 : 0);
  if (score === 0) return 0;
  const endsInParameter = /\}(?:\/[a-z-]+)?$/i.test(path);
  return score + (endsInParameter === kind.endsInParameter ? 2 : 0);
}

/** `placeOrder` and `place_order` in words. */
function spaced(id: string): string {
  return id.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll(/[_-]/g, ' ');
}
