// Reads the body of a response for the program: one call into it for each chunk, and none back while it keeps up.

/**
 * pump hands chunks to take for as long as it wants more, from the first call of what is returned on, and again from each
 * further one. It tells once how the body ended: with nothing, or what was thrown.
 */
export function pump(body: ReadableStream<Uint8Array>, take: (chunk: Uint8Array) => boolean, ended: (error?: unknown) => void): () => void {
  const reader = body.getReader();
  const run = async () => {
    for (let more = true; more; ) {
      const { done, value } = await reader.read();
      if (done) return ended();
      more = take(value);
    }
  };
  return () => void run().catch(ended);
}
