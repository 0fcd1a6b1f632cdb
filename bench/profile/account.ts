import type { Primitive } from './onednn-lines';

/** All runs of one operation: of one type, or of one type and shape. */
export interface Row {
  /** "convolution backward_weights bf16". */
  operation: string;
  /** null in the account by type. */
  shape: string | null;
  dtype: string;
  /** In a step. */
  calls: number;
  /** In a step, on one of the operations side by side. */
  milliseconds: number;
  /** Of the step's time, 0..1. */
  share: number;
  /** Floating-point operations a second / 1e9; null where that says nothing. */
  gflops: number | null;
}

/** Where a step's time goes. */
export interface Account {
  byType: Row[];
  byShape: Row[];
  /** Milliseconds of a step on all operations side by side: what the rows share. */
  total: number;
  /** What oneDNN does not know of: TensorFlow's own operations, and waiting. Milliseconds. */
  outside: number;
}

/**
 * @param primitives of `steps` steps
 * @param secondsPerStep by the clock
 * @param inter operations that run side by side: that many seconds can pass in one
 */
export function accountOf(
  primitives: readonly Primitive[],
  { steps, secondsPerStep, inter }: { steps: number; secondsPerStep: number; inter: number },
): Account {
  const total = secondsPerStep * 1000 * inter;
  const grouped = (key: (each: Primitive) => string, shaped: boolean) => {
    const groups = new Map<string, Primitive[]>();
    for (const each of primitives) groups.set(key(each), [...(groups.get(key(each)) ?? []), each]);
    return [...groups.values()].map((group) => rowOf(group, shaped, steps, total)).sort(slowestFirst);
  };
  const byType = grouped(operationOf, false);
  const inside = byType.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return {
    byType,
    byShape: grouped((each) => `${operationOf(each)} ${each.shape}`, true),
    total,
    outside: Math.max(0, total - inside),
  };
}

const operationOf = ({ kind, direction, dtype }: Primitive) => [kind, direction, dtype].filter(Boolean).join(' ');

const slowestFirst = (a: Row, b: Row) => b.milliseconds - a.milliseconds;

function rowOf(group: Primitive[], shaped: boolean, steps: number, total: number): Row {
  const first = group[0] as Primitive;
  const sum = (of: (each: Primitive) => number) => group.reduce((all, each) => all + of(each), 0) / steps;
  const milliseconds = sum((each) => each.milliseconds);
  const flops = group.every((each) => each.flops !== null) ? sum((each) => each.flops ?? 0) : null;
  return {
    operation: operationOf(first),
    shape: shaped ? first.shape : null,
    dtype: first.dtype,
    calls: group.length / steps,
    milliseconds,
    share: milliseconds / total,
    gflops: flops === null ? null : flops / milliseconds / 1e6,
  };
}
