import { type NowNs, nsPerMs, sleep } from '../core/clock.ts';
import { keyOf } from '../history/attempt.ts';
import type { Protocol } from '../targets/target.ts';
import type { ConnectionPool } from '../transport/connection-pool.ts';
import type { Connector } from '../transport/connector.ts';
import { controlDrainMs, controlExcerpt, controlWindowMs } from './control-excerpt.ts';
import type { Plan } from './plan.ts';
import { Requester } from './requester.ts';
import { Scheduler } from './scheduler.ts';
import { type Device, newRequest } from './shopper.ts';
import type { WarmUp } from './warm-up.ts';
import { identityOf } from './worker-context.ts';
import type { WorkerJob } from './worker-protocol.ts';

/** Keys of the control are nobody else's: probes have 1000 and up. */
const controlKeyVariant = 2000;
/** Time for mending connections before the control. */
const mendMs = 2_500;

/** What the control is played with. */
export interface ControlContext {
  readonly job: WorkerJob;
  readonly now: NowNs;
  readonly plan: Plan;
  readonly protocol: Protocol;
  readonly connector: Pick<Connector, 'connect'>;
  readonly pool: ConnectionPool | undefined;
  readonly warmUp: Pick<WarmUp, 'mend'>;
  readonly deviceOfIntent: ReadonlyMap<number, Device>;
  readonly halted: AbortSignal;
}

interface Click {
  readonly device: Device;
  readonly afterNs: number;
  readonly bytes: Buffer;
}

/**
 * One worker's part in the positive control: the same first clicks on the same devices and
 * connections, one attempt each, for another product. What comes of them is counted and goes into no
 * history.
 */
export class ControlPlayer {
  readonly #context: ControlContext;
  readonly #productId: string;
  readonly #clicks = new Map<number, Click>();

  constructor(context: ControlContext, productId: string) {
    this.#context = context;
    this.#productId = productId;
  }

  /** Mends the connections, which were idle meanwhile, and builds what will be sent. */
  async prepare(): Promise<void> {
    const { job, plan, deviceOfIntent, now, warmUp, protocol } = this.#context;
    const { clicks } = controlExcerpt(plan, job.scenario, job.openingNs);
    clicks.intent.forEach((intent, index) => {
      const device = deviceOfIntent.get(intent);
      if (device?.token === undefined) return;
      const bytes = protocol.request('order', {
        ...identityOf(device),
        productId: this.#productId,
        quantity: plan.quantity[intent] ?? 1,
        key: keyOf(job.runId, intent, controlKeyVariant),
      });
      this.#clicks.set(intent, { device, afterNs: clicks.ns[index] ?? 0, bytes });
    });
    const devices = Array.from(this.#clicks.values(), ({ device }) => device);
    const untilNs = now() + mendMs * nsPerMs;
    await warmUp.mend(devices, untilNs + controlWindowMs * nsPerMs, untilNs);
  }

  /** Plays from `startNs` of the run's clock on, for a bounded time; answers how many were sent. */
  async play(startNs: number): Promise<number> {
    const { job, now, protocol, connector, pool, halted } = this.#context;
    let sent = 0;
    let open = this.#clicks.size;
    const over = new AbortController();
    const requester = new Requester({
      now,
      protocol,
      connector,
      pool,
      attempts: {
        append: ({ sentNs }) => {
          if (!Number.isNaN(sentNs)) sent += 1;
        },
      },
      worker: job.worker,
      timeoutMs: controlWindowMs + controlDrainMs,
    });
    const scheduler = new Scheduler(now, (intent, dueNs) => {
      const click = this.#clicks.get(intent);
      if (click === undefined) return;
      const settled = (): void => {
        open -= 1;
        if (open === 0) over.abort();
      };
      requester.submit(
        click.device,
        newRequest(this.#subject(intent), dueNs, click.bytes, settled),
      );
    });
    for (const [intent, { afterNs }] of this.#clicks) {
      scheduler.at(startNs + afterNs, intent);
    }
    if (open === 0) over.abort();
    scheduler.start();
    const endNs = startNs + (controlWindowMs + controlDrainMs) * nsPerMs;
    await sleep((endNs - now()) / nsPerMs, AbortSignal.any([over.signal, halted]));
    scheduler.stop();
    requester.abort();
    requester.close();
    return sent;
  }

  #subject(intent: number) {
    const { plan } = this.#context;
    return {
      operation: 'order',
      attempt: 1,
      intent,
      keyVariant: controlKeyVariant,
      product: -1,
      quantity: plan.quantity[intent] ?? 1,
    } as const;
  }
}
