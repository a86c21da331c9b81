import type { News } from "../gen/wire";

/** Channel is the name of the BroadcastChannel that carries news between the contexts of a browser profile. */
export const Channel = "kai-sync";

/** listenToChannel hands every piece of news to take, until the returned function is called. */
export function listenToChannel(take: (news: News) => void): () => void {
  const channel = new BroadcastChannel(Channel);
  channel.onmessage = (event: MessageEvent<unknown>) => {
    if (isNews(event.data)) take(event.data);
  };
  return () => channel.close();
}

/** isNews checks the outline of a message; anyone in the same origin may post on the channel. */
export function isNews(raw: unknown): raw is News {
  if (typeof raw !== "object" || raw === null) return false;
  const n = raw as Partial<News>;
  return n.type === "state_update" && typeof n.data === "object" && n.data !== null;
}
