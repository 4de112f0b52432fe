/**
 * The order in which a chunk is coded (spec/exact-dct.md, "Schedule"): lanes are rows of blocks; in each step every lane
 * that is ready takes one phase of its block. What is finished is always so by the end of the step before, so that no symbol of
 * a step depends on another one of it.
 */

import type { DctBand } from '../entropy-model.js';
import { BlockState } from './block.js';
import { DIAGONAL, ZIGZAG } from './layout.js';
import { LumaReference, PlaneState } from './plane.js';

/** Chroma takes part in one step of this many: its nets then have more rows at once. */
const CHROMA_INTERVAL = 2;
/** Most bands in progress. */
const BANDS_AT_ONCE = 64;

/** The phase between blocks. */
const BETWEEN_BLOCKS = -2;
/** The phase that codes the last position; those after it are the groups, by their number. */
export const CONTEXT = -1;

/** A row of blocks in progress. */
export class Lane {
  readonly block: BlockState;
  row = 0;
  column = 0;
  phase = BETWEEN_BLOCKS;
  /** What the block's groups start their sums from: its carry and row of `group_last`. */
  readonly base: Int32Array;
  /** Row of an encoder's context batch that `base` is still to come from, or -1. */
  contextRow = -1;
  /** Of the block whose symbols are coded; an encoder collects ahead of it. */
  surprise = 0;

  constructor(
    public plane: PlaneState,
    baseInputs: number,
  ) {
    this.block = new BlockState(plane);
    this.base = new Int32Array(baseInputs);
  }

  /** Moves to the start of a row. */
  start(plane: PlaneState, row: number): void {
    this.plane = plane;
    this.block.attach(plane);
    this.row = row;
    this.column = 0;
    this.phase = BETWEEN_BLOCKS;
  }

  /** Goes on from CONTEXT, with the position of the last coefficient. */
  endContext(last: number): void {
    this.block.begin(last);
    this.phase = last === 0 ? 0 : 1;
  }

  /** Goes on from a group, the coefficients of which are set; returns whether it was the block's last one. */
  endGroup(): boolean {
    const { phase, block } = this;
    if (phase > 0) {
      this.phase = phase < DIAGONAL[ZIGZAG[block.last]] ? phase + 1 : 0;
      return false;
    }
    this.plane.finish(this.row, this.column);
    this.column++;
    this.phase = BETWEEN_BLOCKS;
    return true;
  }
}

/** A plane that is being coded: lanes of the rows that have begun and not ended, the next row to begin. */
interface ActivePlane {
  readonly state: PlaneState;
  readonly band: number;
  readonly lanes: Lane[];
  nextRow: number;
}

/** Says which lanes take part in each step. */
export class Schedule {
  private steps = 0;
  private nextBand = 0;
  private bandsInProgress = 0;
  /** Planes in progress of each class. */
  private readonly active: readonly [ActivePlane[], ActivePlane[]] = [[], []];
  /** Planes that have not ended, by band. */
  private readonly planesLeft: number[];
  /** Lanes of each class that may be used again. */
  private readonly idle: readonly [Lane[], Lane[]] = [[], []];

  /**
   * @param baseInputs Rows of group_1 of each class.
   * @param onPlaneEnd Called with each plane that has ended.
   */
  constructor(
    private readonly bands: readonly DctBand[],
    private readonly baseInputs: readonly number[],
    private readonly onPlaneEnd: (plane: PlaneState) => void,
  ) {
    this.planesLeft = bands.map((band) => band.planes.length);
  }

  /** Puts the lanes of the next step into `lanes`, in order; none are left when all has been coded. */
  next(lanes: Lane[]): void {
    lanes.length = 0;
    const [luma, chroma] = this.active;
    this.removeEnded(luma);
    this.removeEnded(chroma);
    while (this.nextBand < this.bands.length && this.bandsInProgress < BANDS_AT_ONCE) this.beginBand();
    for (const plane of luma) this.collect(plane, lanes);
    const turn = this.steps++ % CHROMA_INTERVAL === 0;
    if (turn || lanes.length === 0) for (const plane of chroma) this.collect(plane, lanes);
  }

  private beginBand(): void {
    const index = this.nextBand++;
    this.bandsInProgress++;
    for (const state of planesOf(this.bands[index])) {
      this.active[state.kind].push({ state, band: index, lanes: [], nextRow: 0 });
    }
  }

  private removeEnded(planes: ActivePlane[]): void {
    let kept = 0;
    for (const plane of planes) {
      const { state, lanes } = plane;
      while (lanes.length > 0 && lanes[0].column === state.columns) {
        this.idle[state.kind].push(lanes.shift() as Lane);
      }
      if (lanes.length > 0 || plane.nextRow < state.rows) {
        planes[kept++] = plane;
      } else {
        this.onPlaneEnd(state);
        if (--this.planesLeft[plane.band] === 0) this.bandsInProgress--;
      }
    }
    planes.length = kept;
  }

  private collect(plane: ActivePlane, into: Lane[]): void {
    const { state, lanes } = plane;
    if (plane.nextRow < state.rows && isReady(state, plane.nextRow, 0)) {
      const lane = this.idle[state.kind].pop() ?? new Lane(state, this.baseInputs[state.kind]);
      lane.start(state, plane.nextRow++);
      lanes.push(lane);
    }
    for (const lane of lanes) {
      if (lane.phase === BETWEEN_BLOCKS) {
        if (lane.column === state.columns || !isReady(state, lane.row, lane.column)) continue;
        lane.phase = CONTEXT;
      }
      into.push(lane);
    }
  }
}

/** Whether all that the features of a block look at is finished. */
function isReady(plane: PlaneState, row: number, column: number): boolean {
  const right = Math.min(column + 1, plane.columns - 1);
  if (row > 0 && plane.done[row - 1] <= right) return false;
  const { luma, first } = plane;
  if (!luma) return true;
  const below = Math.min(row + 1, plane.rows - 1);
  if (first && first.done[below] <= right) return false;
  return luma.isKnown(below, right);
}

/** The planes of a band before anything is coded. */
function planesOf(band: DctBand): PlaneState[] {
  const states: PlaneState[] = [];
  const references: LumaReference[] = [];
  band.planes.forEach((plane, i) => {
    if (i === 0 || i > 2) {
      states.push(new PlaneState(plane, i));
      return;
    }
    let reference = references.find((r) => r.serves(plane));
    if (!reference) {
      reference = new LumaReference(states[0], band.planes[0], plane);
      references.push(reference);
    }
    const sameGrid = i === 2 && reference.serves(band.planes[1]);
    states.push(new PlaneState(plane, i, reference, sameGrid ? states[1] : undefined));
  });
  return states;
}
