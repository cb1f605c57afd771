/** Something that is as old as its last sign of life. */
export interface Aged {
  /** When it was last seen, on the clock of the list. */
  seenUs: number;
  before: this | undefined;
  after: this | undefined;
}

/**
 * A list in the order in which its members were last seen: the first is the oldest. Every step takes the
 * same time however many there are.
 */
export class AgeList<Member extends Aged> {
  #oldest: Member | undefined;
  #youngest: Member | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get oldest(): Member | undefined {
    return this.#oldest;
  }

  /** Adds one that is in no list. It is the youngest: `nowUs` is no earlier than that of any other. */
  add(member: Member, nowUs: number): void {
    member.seenUs = nowUs;
    member.before = this.#youngest;
    member.after = undefined;
    if (this.#youngest === undefined) this.#oldest = member;
    else this.#youngest.after = member;
    this.#youngest = member;
    this.#size += 1;
  }

  /** Takes out a member of this list. */
  remove(member: Member): void {
    const { before, after } = member;
    if (before === undefined) this.#oldest = after;
    else before.after = after;
    if (after === undefined) this.#youngest = before;
    else after.before = before;
    member.before = undefined;
    member.after = undefined;
    this.#size -= 1;
  }
}
