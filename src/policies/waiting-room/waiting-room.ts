import { nsPerMs, nsPerUs } from '../../core/clock.ts';
import type { Rng } from '../../core/rng.ts';
import { type Aged, AgeList } from './age-list.ts';
import type { Line } from './line.ts';
import { type QueueingMethodName, queueingMethods } from './registry.ts';

/** Settings of a waiting room, in Cloudflare's terms. Durations are milliseconds, above 0. */
export interface WaitingRoomOptions {
  /** Visitors who may be inside at the same time; at least 1. */
  readonly totalActiveUsers: number;
  /** Visitors who are let in within a minute; 1 to {@link newUsersPerMinuteMax}. */
  readonly newUsersPerMinute: number;
  readonly queueing: QueueingMethodName;
  /** How long a visitor who asks for nothing stays inside. */
  readonly sessionDurationMs: number;
  /** How often one who waits asks again. */
  readonly refreshEveryMs: number;
  /** How long the place of one who does not ask again is kept. */
  readonly placeKeptForMs: number;
}

/** Visitors that one room knows at most, inside and waiting: some 300 MB. */
const visitorsMax = 1_000_000;
/** Let in faster, they would come less than a microsecond apart, which is the room's clock. */
export const newUsersPerMinuteMax = 10_000_000;

/** What a visitor is told who asks to be let in. */
export type Entrance =
  /** `calledMs`: since when a place was free for this visitor. */
  | { readonly kind: 'admitted'; readonly calledMs: number }
  | {
      readonly kind: 'waiting';
      /** From 1: at most where the order is known, on average where it is drawn. */
      readonly place: number;
      /** By the place and the rate alone; longer when those inside stay long. */
      readonly estimatedWaitMs: number;
      readonly refreshAfterMs: number;
    }
  /** The room itself is full ({@link visitorsMax}). */
  | { readonly kind: 'full' };

/** How many visitors there are. */
export interface Occupancy {
  /** Inside, or called up and not come in yet: their place is taken. */
  readonly active: number;
  readonly waiting: number;
}

interface Visitor extends Aged {
  readonly id: string;
  phase: 'waiting' | 'called' | 'active';
  calledUs: number;
}

const usPerMs = nsPerMs / nsPerUs;
const minuteUs = 60_000 * usPerMs;

/**
 * A waiting room as Cloudflare describes it: at most `totalActiveUsers` are inside, and at most
 * `newUsersPerMinute` are let in within any minute.
 *
 * Visitors are called up, by the queueing method, when a place is free and no sooner than 60 s /
 * `newUsersPerMinute` after the one before: evenly over the minute, with a burst of one, and nothing is
 * saved up while nobody waits. One who was called up has the place at once and comes in with the next
 * refresh. A visitor leaves when done, or `sessionDuration` after their last request; who waits or was
 * called up and does not ask again loses the place `placeKeptFor` after the last time.
 *
 * What happens between two requests (a place that comes free, the next one called up) happens at its own
 * time, not at that of the next request.
 *
 * Source: developers.cloudflare.com/waiting-room, "Configuration settings", "Queueing method" and "Session
 * revocation".
 */
export class WaitingRoom {
  readonly #options: WaitingRoomOptions;
  readonly #rng: Rng;
  readonly #visitorsMax: number;
  readonly #visitors = new Map<string, Visitor>();
  readonly #line: Line;
  readonly #holdsBack: boolean;
  /** Waiting or called up, by their last refresh. */
  readonly #outside = new AgeList<Visitor>();
  readonly #active = new AgeList<Visitor>();
  /** Rounded up: calls are whole microseconds apart, and never too close. */
  readonly #intervalUs: number;
  #called = 0;
  #nextCallUs = Number.NEGATIVE_INFINITY;
  #nowUs = Number.NEGATIVE_INFINITY;

  /**
   * @param rng decides whose turn it is where that is drawn
   * @param visitorsMost what stands for {@link visitorsMax}
   */
  constructor(options: WaitingRoomOptions, rng: Rng, visitorsMost = visitorsMax) {
    this.#options = options;
    this.#rng = rng;
    this.#visitorsMax = visitorsMost;
    this.#intervalUs = Math.ceil(minuteUs / options.newUsersPerMinute);
    const method = queueingMethods[options.queueing];
    this.#line = method.createLine();
    this.#holdsBack = method.holdsBack;
  }

  /**
   * A visitor asks to be let in, for the first time or again.
   *
   * @param nowMs of one clock for all; one that steps back is taken to stand still
   */
  enter(id: string, nowMs: number): Entrance {
    this.#advance(nowMs);
    const known = this.#visitors.get(id);
    if (known === undefined && this.#visitors.size >= this.#visitorsMax) return { kind: 'full' };
    const visitor = known ?? this.#join(id);
    if (known !== undefined) this.#touch(known);
    // Whoever finds a place free need not ask twice.
    this.#advance(nowMs);
    if (visitor.phase === 'called') this.#comeIn(visitor);
    return visitor.phase === 'active'
      ? { kind: 'admitted', calledMs: visitor.calledUs / usPerMs }
      : this.#wait(id);
  }

  /** A request of a visitor: whether they are inside, which they stay then for another while. */
  visit(id: string, nowMs: number): boolean {
    this.#advance(nowMs);
    const known = this.#visitors.get(id);
    if (known === undefined) return !this.#holdsBack && this.enter(id, nowMs).kind === 'admitted';
    if (known.phase === 'waiting') return false;
    this.#touch(known);
    if (known.phase === 'called') this.#comeIn(known);
    return true;
  }

  /** A visitor is done, and somebody else may have the place. */
  leave(id: string, nowMs: number): void {
    this.#advance(nowMs);
    const visitor = this.#visitors.get(id);
    if (visitor !== undefined) this.#forget(visitor);
  }

  occupancy(nowMs: number): Occupancy {
    this.#advance(nowMs);
    return { active: this.#active.size + this.#called, waiting: this.#line.size };
  }

  #join(id: string): Visitor {
    const visitor: Visitor = {
      id,
      phase: 'waiting',
      seenUs: this.#nowUs,
      calledUs: this.#nowUs,
      before: undefined,
      after: undefined,
    };
    this.#visitors.set(id, visitor);
    if (this.#holdsBack) {
      this.#outside.add(visitor, this.#nowUs);
      this.#line.join(id);
    } else {
      visitor.phase = 'active';
      this.#active.add(visitor, this.#nowUs);
    }
    return visitor;
  }

  #wait(id: string): Entrance {
    const ahead = this.#line.ahead(id);
    const firstUs = Math.max(0, this.#nextCallUs - this.#nowUs);
    return {
      kind: 'waiting',
      place: Math.ceil(ahead) + 1,
      estimatedWaitMs: Math.ceil((firstUs + ahead * this.#intervalUs) / usPerMs),
      refreshAfterMs: this.#options.refreshEveryMs,
    };
  }

  #listOf({ phase }: Visitor): AgeList<Visitor> {
    return phase === 'active' ? this.#active : this.#outside;
  }

  #touch(visitor: Visitor): void {
    const list = this.#listOf(visitor);
    list.remove(visitor);
    list.add(visitor, this.#nowUs);
  }

  #comeIn(visitor: Visitor): void {
    this.#outside.remove(visitor);
    this.#called -= 1;
    visitor.phase = 'active';
    this.#active.add(visitor, this.#nowUs);
  }

  #forget(visitor: Visitor): void {
    this.#visitors.delete(visitor.id);
    this.#listOf(visitor).remove(visitor);
    if (visitor.phase === 'called') this.#called -= 1;
    this.#line.leave(visitor.id);
  }

  /** Lets everything happen that was due by now, in its order. */
  #advance(nowMs: number): void {
    const untilUs = Math.max(this.#nowUs, Math.floor(nowMs * usPerMs));
    if (this.#nowUs === Number.NEGATIVE_INFINITY) this.#nowUs = untilUs;
    // Each step forgets a visitor or calls one up, so it ends.
    while (this.#step(untilUs));
    this.#nowUs = untilUs;
  }

  /** The first thing that was due. False when there was none. */
  #step(untilUs: number): boolean {
    const { sessionDurationMs, placeKeptForMs } = this.#options;
    const gone = this.#outside.oldest;
    const goneUs = endOf(gone, placeKeptForMs);
    const expired = this.#active.oldest;
    const expiredUs = endOf(expired, sessionDurationMs);
    const callUs = this.#callDueUs();
    const firstUs = Math.min(goneUs, expiredUs, callUs);
    if (firstUs > untilUs) return false;
    this.#nowUs = firstUs;
    // At the same instant places come free first, and nobody is called up who has just lost theirs.
    if (gone !== undefined && goneUs === firstUs) this.#forget(gone);
    else if (expired !== undefined && expiredUs === firstUs) this.#forget(expired);
    else this.#callUp();
    return true;
  }

  #callDueUs(): number {
    const isFull = this.#active.size + this.#called >= this.#options.totalActiveUsers;
    if (isFull || this.#line.size === 0) return Number.POSITIVE_INFINITY;
    return Math.max(this.#nextCallUs, this.#nowUs);
  }

  #callUp(): void {
    const visitor = this.#visitors.get(this.#line.next(this.#rng) ?? '');
    if (visitor === undefined) return;
    visitor.phase = 'called';
    visitor.calledUs = this.#nowUs;
    this.#called += 1;
    this.#nextCallUs = this.#nowUs + this.#intervalUs;
  }
}

/** When one who was last seen then is gone; Infinity for nobody. */
function endOf(visitor: Visitor | undefined, afterMs: number): number {
  return visitor === undefined
    ? Number.POSITIVE_INFINITY
    : visitor.seenUs + Math.ceil(afterMs * usPerMs);
}
