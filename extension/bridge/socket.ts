import type { Transport } from "./connection";
import { wipeCopy } from "./copy";
import { fault, readFault, type FaultError } from "./fault";

const maxFrame = 256 << 10;

/** openSocket connects to the kai that served this page. The cookie that kai set when signing in speaks for us. */
export function openSocket(signal: AbortSignal): Promise<Transport> {
  const url = new URL("/api/ws", location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url);
  const transport: Transport = {
    maxFrame,
    onframe: () => undefined,
    onclose: () => undefined,
    post: (frame) => socket.send(frame),
    close: () => socket.close(),
  };
  signal.addEventListener("abort", () => socket.close(), { once: true });
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve(transport);
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (typeof event.data === "string") transport.onframe(event.data);
    };
    socket.onclose = (event) => {
      void whyClosed().then(reject);
      transport.onclose(event.reason || "the connection to kAI was lost");
    };
  });
}

// A browser does not tell a page why a WebSocket was refused, so the page asks whether it is still signed in.
async function whyClosed(): Promise<FaultError> {
  const answer = await fetch("/api/auth/session").catch(() => undefined);
  if (answer?.status === 423) return refused(answer);
  if (answer?.headers.has("Clear-Site-Data")) await wipeCopy().catch(() => undefined); // kai took this browser back: its worker would keep on
  if (answer?.status === 401) return fault("unauthorized", "this page is not signed in any more", "sign in again with: kai open");
  return silent();
}

/** kaiAnswers tells whether kai is there, whatever it says. */
export async function kaiAnswers(): Promise<boolean> {
  return (await fetch("/healthz", { cache: "no-store" }).catch(() => undefined)) !== undefined;
}

/** signOut ends the session; kai has the browser forget all that this page keeps. It throws the fault when kai says no. */
export async function signOut(): Promise<void> {
  const answer = await fetch("/api/auth/session", { method: "DELETE" }).catch(() => undefined);
  if (!answer) throw silent();
  if (!answer.ok) throw await refused(answer);
}

// refused reads what kAI answers over HTTP: Problem Details, whose sentence is called detail.
async function refused(answer: Response): Promise<FaultError> {
  const problem = (await answer.json()) as { detail?: string };
  return readFault({ ...problem, message: problem.detail });
}

function silent(): FaultError {
  return fault("unavailable", "kAI does not answer", "start it with: kai run");
}

/** unlock signs this page in with the password of kAI's vault. It throws the fault when kAI says no. */
export async function unlock(password: string): Promise<void> {
  const answer = await fetch("/api/auth/session", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ password }),
  }).catch(() => undefined);
  if (!answer) throw silent();
  if (!answer.ok) throw await refused(answer);
}
