/** What one number of connections came to. */
export interface Measured {
  readonly connections: number;
  /** Good answers within the latency bound, per second. */
  readonly goodputPerS: number;
}

/** Less growth than this, twice in a row, and more connections bring nothing. */
const growthMin = 1.05;
/** The knee has this share of the highest goodput, with the fewest connections. */
const kneeShare = 0.95;
/** Neighbours whose ratio is below this are near enough. */
const nearRatio = 1.3;
const refinementsMax = 6;

/**
 * Which number of connections to measure next: doubled until goodput grows no more, then in between,
 * where the knee and the summit are. A pure function of what was measured; undefined when there is
 * nothing more to learn.
 *
 * @param measured in the order of measuring
 * @param connectionsMax most connections, from 1
 */
export function nextConnections(
  measured: readonly Measured[],
  connectionsMax: number,
): number | undefined {
  const ladder = doublings(connectionsMax);
  const climbed = ladder.filter((rung) => isMeasured(measured, rung));
  const next = ladder[climbed.length];
  const refinements = measured.length - climbed.length;
  if (refinements === 0 && next !== undefined && stillGrows(measured)) return next;
  return refinements < refinementsMax ? between(measured) : undefined;
}

/** 1, 2, 4, …, and the most itself. */
function doublings(connectionsMax: number): number[] {
  const rungs: number[] = [];
  for (let rung = 1; rung < connectionsMax; rung *= 2) rungs.push(rung);
  return [...rungs, connectionsMax];
}

function isMeasured(measured: readonly Measured[], connections: number): boolean {
  return measured.some((step) => step.connections === connections);
}

/** Whether one of the last two doublings brought more than noise; one may always be unlucky. */
function stillGrows(measured: readonly Measured[]): boolean {
  const before = highest(measured.slice(0, -2));
  return measured.length < 3 || highest(measured.slice(-2)) > before * growthMin;
}

/** A number of connections in a gap that is too wide, next to the summit or to the knee. */
function between(measured: readonly Measured[]): number | undefined {
  const steps = [...measured].sort((a, b) => a.connections - b.connections);
  const most = highest(steps);
  const summit = steps.findIndex(({ goodputPerS }) => goodputPerS === most);
  const knee = steps.findIndex(({ goodputPerS }) => goodputPerS >= most * kneeShare);
  const falls = (steps[summit + 1]?.goodputPerS ?? most) < most * kneeShare;
  const gaps = [...(falls ? [summit] : []), knee - 1];
  for (const gap of gaps) {
    const [low, high] = [steps[gap]?.connections, steps[gap + 1]?.connections];
    if (low === undefined || high === undefined || high / low <= nearRatio) continue;
    const middle = Math.round(Math.sqrt(low * high));
    if (middle > low && middle < high) return middle;
  }
  return undefined;
}

/** The highest goodput that was measured; 0 when nothing was. */
function highest(measured: readonly Measured[]): number {
  return Math.max(0, ...measured.map(({ goodputPerS }) => goodputPerS));
}

/** What a search has found. */
export interface Knee<Step extends Measured> {
  /** The step with the highest goodput. */
  readonly best: Step;
  /** The fewest connections that come within 5 % of it: more of them only wait longer. */
  readonly knee: Step;
  /** Goodput still grew at the most connections allowed: the server may hold more. */
  readonly stillGrowing: boolean;
}

/** Reads what was measured; undefined when nothing good was ever answered. */
export function kneeOf<Step extends Measured>(
  measured: readonly Step[],
  connectionsMax: number,
): Knee<Step> | undefined {
  const steps = [...measured].sort((a, b) => a.connections - b.connections);
  const most = highest(steps);
  const best = steps.find(({ goodputPerS }) => goodputPerS === most);
  const knee = steps.find(({ goodputPerS }) => goodputPerS >= most * kneeShare);
  if (best === undefined || knee === undefined || most === 0) return undefined;
  const stillGrowing = connectionsMax > 1 && knee.connections === connectionsMax;
  return { best, knee, stillGrowing };
}
