import { newRequest, type Shopper } from './shopper.ts';
import { identityOf, productIdOf, subjectOf, type WorkerContext } from './worker-context.ts';

/** Plans every reload of the sale's page by people who wait for the opening. */
export function planReloads(
  { plan, agenda, deviceOfIntent }: Pick<WorkerContext, 'plan' | 'agenda' | 'deviceOfIntent'>,
  zeroNs: number,
): void {
  plan.refreshIntent.forEach((intent, index) => {
    if (!deviceOfIntent.has(intent)) return;
    agenda.at(zeroNs + (plan.refreshNs[index] ?? 0), 'refresh', intent);
  });
}

/** Reloads the page of what the person wants. One whose page still loads does not reload it. */
export function reloadPage(
  context: WorkerContext,
  { device, intent }: Shopper,
  dueNs: number,
): void {
  if (device.token === undefined || device.current !== undefined) return;
  const productId = productIdOf(context, intent);
  const bytes = context.protocol.request('page', { ...identityOf(device), productId });
  const subject = subjectOf(context, { intent }, 'page', { attempt: 1, intent: -1 });
  context.requester.submit(
    device,
    newRequest(subject, dueNs, bytes, () => context.work.check()),
  );
}
