// Who is at the other end of a port. Only pages of the extension itself may speak to its background: a script injected into
// a web page carries the extension's id too, but not its address.

/** isOwnPage tells whether a sender is a page of this extension. */
export function isOwnPage(sender: chrome.runtime.MessageSender | undefined): boolean {
  return sender?.id === chrome.runtime.id && (sender.url?.startsWith(chrome.runtime.getURL("")) ?? false);
}

/** contextOf is which view a sender is: popup, sidepanel or tab; undefined when it is none. */
export function contextOf(sender: chrome.runtime.MessageSender | undefined): string | undefined {
  if (!isOwnPage(sender)) return undefined;
  const page = sender?.url?.slice(chrome.runtime.getURL("").length).split(/[.?#]/)[0] ?? "";
  return ["popup", "sidepanel", "tab"].includes(page) ? page : undefined;
}
