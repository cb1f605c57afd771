/**
 * An exhaustive search for an order of the operations that explains every answer: what the checkers of
 * the audit are compared with. It shares nothing with them and knows no rule but the definition of
 * linearizability. Takes time and memory of 2^n.
 */

/** One operation on the stock of one product. Equal instants overlap. */
export type StockOperation = {
  readonly sentNs: number;
  /** Infinity: nobody knows whether it took effect, unless it is `required`. */
  readonly doneNs: number;
} & (
  | {
      readonly kind: 'ok';
      readonly units: number;
      /** What the answer told was left right after it. */
      readonly remaining?: number;
    }
  | { readonly kind: 'info'; readonly units: number }
  | { readonly kind: 'sold-out'; readonly units: number }
  /** Gives back what the operation at `order` took: only after that, and once. */
  | { readonly kind: 'cancel' | 'cancel-info'; readonly order: number }
  | { readonly kind: 'restock' | 'restock-info'; readonly units: number }
);

const optionalKinds: readonly StockOperation['kind'][] = ['info', 'cancel-info', 'restock-info'];

/** True when the operations can be put in an order that a correct server may have worked them off in. */
export function isLinearizable(stock: number, operations: readonly StockOperation[]): boolean {
  const required = operations.reduce(
    (mask, { kind }, index) => (optionalKinds.includes(kind) ? mask : mask | (1 << index)),
    0,
  );
  const tried = new Uint8Array(1 << operations.length);

  const search = (done: number, remaining: number): boolean => {
    if ((done & required) === required) return true;
    if (tried[done] === 1) return false;
    tried[done] = 1;
    let earliestDoneNs = Number.POSITIVE_INFINITY;
    operations.forEach(({ doneNs }, index) => {
      const waits = (done & (1 << index)) === 0 && (required & (1 << index)) !== 0;
      if (waits && doneNs < earliestDoneNs) earliestDoneNs = doneNs;
    });
    return operations.some((operation, index) => {
      if ((done & (1 << index)) !== 0 || operation.sentNs > earliestDoneNs) return false;
      const left = step(operations, operation, done, remaining);
      return left !== undefined && search(done | (1 << index), left);
    });
  };
  return search(0, stock);
}

/** Units left after the operation; undefined when a correct server would not have answered so. */
function step(
  operations: readonly StockOperation[],
  operation: StockOperation,
  done: number,
  remaining: number,
): number | undefined {
  switch (operation.kind) {
    case 'ok':
    case 'info': {
      const left = remaining - operation.units;
      if (left < 0) return undefined;
      const told = operation.kind === 'ok' ? operation.remaining : undefined;
      return told === undefined || told === left ? left : undefined;
    }
    case 'sold-out':
      return remaining < operation.units ? remaining : undefined;
    case 'restock':
    case 'restock-info':
      return remaining + operation.units;
    case 'cancel':
    case 'cancel-info': {
      const order = operations[operation.order];
      if ((done & (1 << operation.order)) === 0 || order === undefined) return undefined;
      return 'units' in order ? remaining + order.units : undefined;
    }
  }
}

/**
 * How many answers have to be taken back at least before the rest can be explained. An order of a single
 * unit whose answer is taken back may have sold or not; a refusal that is taken back is void.
 */
export function fewestWrongAnswers(stock: number, operations: readonly StockOperation[]): number {
  let fewest = operations.length;
  for (let taken = 0; taken < 1 << operations.length; taken += 1) {
    const isTaken = (index: number): boolean => (taken & (1 << index)) !== 0;
    const count = operations.filter((_, index) => isTaken(index)).length;
    if (count >= fewest) continue;
    const rest = operations.flatMap((operation, index): StockOperation[] => {
      if (!isTaken(index)) return [operation];
      if (operation.kind !== 'ok') return [];
      return [{ sentNs: operation.sentNs, doneNs: Infinity, kind: 'info', units: 1 }];
    });
    if (isLinearizable(stock, rest)) fewest = count;
  }
  return fewest;
}
