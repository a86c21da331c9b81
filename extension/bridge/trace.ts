/** newTrace names one doing of a person: a W3C trace id, then the view, the time and the method (Traced in shared/protocol). */
export function newTrace(context: string, method: string): string {
  const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  return `${id} ${context} ${Date.now()} ${method}`;
}

/** noteCall writes how a call went to the log of this context, with the id by which kai shows what followed from it. */
export function noteCall(trace: string, from: number, fault?: string): void {
  const [id, , , method] = trace.split(" ");
  console.debug(`${method} ${fault ? `failed (${fault})` : "answered"} in ${Math.round(performance.now() - from)} ms, trace ${id}`);
}
