// Lets a stock model server on this computer answer: the browser adds an Origin header to the extension's requests that
// such a server refuses. A session rule takes it off, for requests of this extension alone.
//
// A web page must never lose its Origin header by this: the header is what protects the server from the page. So every
// rule is bound to this extension as initiator and to one service's address.

const firstRule = 1000;

/** setOriginRules makes the rules fit a JSON list of service addresses. It answers "" or why that can't be. */
export async function setOriginRules(list: string): Promise<string> {
  const api = chrome.declarativeNetRequest;
  if (!api?.updateSessionRules) return "this browser can't change its own requests; install kai, or set OLLAMA_ORIGINS";
  const urls: unknown = JSON.parse(list);
  const wanted = Array.isArray(urls) ? urls.map(String) : [];
  const prefixes = [...new Set(wanted.map(prefixOf).filter((p) => p !== undefined))];
  const old = (await api.getSessionRules()).map((rule) => rule.id);
  await api.updateSessionRules({ removeRuleIds: old, addRules: prefixes.map((p, i) => rule(firstRule + i, p)) });
  const refused = wanted.filter((url) => prefixOf(url) === undefined);
  return refused.length === 0 ? "" : `only for services on this computer, not for ${refused.join(", ")}`;
}

// The initiator's domain of an extension page is the host of its address: the id in Chromium, a random one in Firefox.
function rule(id: number, prefix: string): chrome.declarativeNetRequest.Rule {
  return {
    id,
    priority: 1,
    action: { type: "modifyHeaders", requestHeaders: [{ header: "origin", operation: "remove" }] },
    condition: {
      urlFilter: `|${prefix}`,
      initiatorDomains: [new URL(chrome.runtime.getURL("")).host],
      resourceTypes: ["xmlhttprequest"],
    },
  } as chrome.declarativeNetRequest.Rule;
}

/** prefixOf is the start of every address of a service on this computer; undefined when it is elsewhere. */
export function prefixOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  const here = url.hostname === "localhost" || url.hostname === "[::1]" || /^127(\.\d+){3}$/.test(url.hostname);
  if (!here || !/^https?:$/.test(url.protocol)) return undefined;
  const prefix = url.origin + url.pathname.replace(/\/*$/, "/");
  return /[*^|]/.test(prefix) ? undefined : prefix; // these mean something else in a filter
}
