/** Span is the part of a list that is worth having in the document: items from first up to, not including, end. */
export interface Span {
  first: number;
  end: number;
}

/** offsets gives where each item begins, and after them where the list ends. */
export function offsets(heights: number[]): number[] {
  const out = new Array<number>(heights.length + 1);
  let at = 0;
  for (let i = 0; i < heights.length; i++) {
    out[i] = at;
    at += heights[i]!;
  }
  out[heights.length] = at;
  return out;
}

/** visible finds the items between top and top + height, with margin pixels more at both ends. */
export function visible(starts: number[], top: number, height: number, margin: number): Span {
  const n = starts.length - 1;
  if (n <= 0) return { first: 0, end: 0 };
  const first = at(starts, Math.max(0, top - margin));
  const end = at(starts, Math.min(starts[n]!, Math.max(0, top) + height + margin)) + 1;
  return { first: Math.min(first, n - 1), end: Math.min(end, n) };
}

// at finds the last item that begins at or before a place.
function at(starts: number[], place: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= place) low = middle;
    else high = middle - 1;
  }
  return Math.min(low, Math.max(0, starts.length - 2));
}
