import type { Transport } from "./connection";
import { fault } from "./fault";

const maxFrame = 256 << 10;
const tokenKey = "kai-token";

/** takeToken moves the token out of the address (#token=…), where it would be seen and kept, into this tab's memory. */
export function takeToken(): string {
  const match = /(?:^#|&)token=([^&]+)/.exec(location.hash);
  if (match?.[1]) {
    sessionStorage.setItem(tokenKey, decodeURIComponent(match[1]));
    history.replaceState(null, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(tokenKey) ?? "";
}

/** openSocket connects to the kai that served this page. Without a token, the cookie that kai set speaks for us. */
export function openSocket(signal: AbortSignal): Promise<Transport> {
  const url = new URL("/api/ws", location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const token = takeToken();
  if (token) url.searchParams.set("token", token);
  const socket = new WebSocket(url);
  const transport: Transport = {
    maxFrame,
    onframe: () => undefined,
    onclose: () => undefined,
    post: (frame) => socket.send(frame),
    close: () => socket.close(),
  };
  return new Promise((resolve, reject) => {
    const lost = () => reject(fault("unavailable", "kAI does not answer", "start it with: kai run"));
    signal.addEventListener("abort", () => socket.close(), { once: true });
    socket.onopen = () => resolve(transport);
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (typeof event.data === "string") transport.onframe(event.data);
    };
    socket.onclose = (event) => {
      lost();
      transport.onclose(event.reason || "the connection to kAI was lost");
    };
  });
}
