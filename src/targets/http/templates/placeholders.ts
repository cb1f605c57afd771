import { assert } from '../../../core/assert.ts';
import { nameOfPlaceholder, type Placeholder } from '../../../core/templates.ts';
import { parseUserId } from '../../../history/attempt.ts';
import type { RequestContext } from '../../target.ts';
import type { TemplateSpec } from '../template-spec.ts';

/** What the placeholders of a shopper's request are filled from. */
export interface ShopperValues {
  readonly context: RequestContext;
  /** What the device's login has captured, in the order of its captures. */
  readonly session: readonly string[];
}

/** The value of a placeholder. What is a number is one in JSON too. */
export type Getter<Values> = (values: Values) => string | number;

/** How the placeholders of a shopper's requests are filled. */
export function shopperGetters(
  spec: Pick<TemplateSpec, 'runId' | 'feeders' | 'setup'>,
  sessionNames: readonly string[],
): (placeholder: Placeholder) => Getter<ShopperValues> {
  return (placeholder) => {
    const known = contextGetters[nameOfPlaceholder(placeholder)];
    if (known !== undefined) return known;
    const { root, name } = placeholder;
    const fixed = fixedValue(spec, placeholder);
    if (fixed !== undefined) return () => fixed;
    if (root === 'login') {
      const index = sessionNames.indexOf(name);
      assert(index >= 0, `the login captures ${name}`);
      return ({ session }) => session[index] ?? '';
    }
    return feederGetter(spec, placeholder);
  };
}

/** What is the same for all requests of a run. */
export function fixedValue(
  { runId, setup }: Pick<TemplateSpec, 'runId' | 'setup'>,
  { root, name }: Placeholder,
): string | undefined {
  if (root === 'run' && name === 'id') return runId;
  return root === 'setup' ? setup[name] : undefined;
}

function feederGetter(
  { feeders }: Pick<TemplateSpec, 'feeders'>,
  { root, name }: Placeholder,
): Getter<ShopperValues> {
  const feeder = feeders[root];
  const column = feeder?.columns.indexOf(name) ?? -1;
  assert(feeder !== undefined && column >= 0, `the feeder ${root} has a column ${name}`);
  return ({ context }) => feeder.rows[userNumber(context)]?.[column] ?? '';
}

const contextGetters: Readonly<Partial<Record<string, Getter<ShopperValues>>>> = {
  'user.id': ({ context }) => context.userId,
  'user.number': ({ context }) => userNumber(context),
  'device.id': ({ context }) => context.deviceId,
  'device.number': ({ context }) => Number(context.deviceId.split('-d')[1] ?? 0),
  'product.id': ({ context }) => context.productId ?? '',
  quantity: ({ context }) => context.quantity ?? 1,
  key: ({ context }) => context.key ?? '',
  'order.id': ({ context }) => context.orderId ?? '',
};

function userNumber({ userId }: RequestContext): number {
  return parseUserId(userId) ?? 0;
}
