import createDOMPurify from "dompurify";

const tags = [
  "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "kbd", "li", "ol", "p", "pre",
  "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
];
const attributes = ["href", "title", "align", "start", "class", "data-image"];
const addresses = /^(?:https?|mailto):/i;

/** Sanitizer turns HTML from anywhere into nodes that are safe to show. */
export type Sanitizer = (html: string) => DocumentFragment;

/** createSanitizer makes a sanitiser on a window. What is not listed above does not pass, whatever it is. */
export function createSanitizer(window: Window): Sanitizer {
  const purify = createDOMPurify(window as never);
  purify.addHook("afterSanitizeAttributes", (node) => {
    if (node.tagName === "A") secureLink(node);
    const name = node.getAttribute?.("class");
    if (name && !ours(node.tagName, name)) node.removeAttribute("class");
  });
  const clean = (html: string) =>
    purify.sanitize(html, {
      ALLOWED_TAGS: tags,
      ALLOWED_ATTR: attributes,
      ALLOWED_URI_REGEXP: addresses,
      ALLOW_DATA_ATTR: false,
      ALLOW_ARIA_ATTR: false,
      ADD_ATTR: ["target", "rel"],
      ADD_URI_SAFE_ATTR: ["align", "start"],
      KEEP_CONTENT: true,
      RETURN_DOM_FRAGMENT: true,
    });
  // Clean nodes come from a document of their own each time. The view's own takes them over at once, so that none is kept alive.
  return (html) => window.document.adoptNode(clean(html));
}

// The classes that our own rendering gives: a code block's language, and an item that has a box in the place of its bullet.
function ours(tag: string, name: string): boolean {
  return tag === "CODE" ? /^language-[\w+#.-]+$/.test(name) : tag === "LI" && name === "task";
}

// A link leaves in a new tab that cannot reach back; one without an address that we allow is text.
function secureLink(link: Element): void {
  if (!addresses.test(link.getAttribute("href") ?? "")) link.removeAttribute("href");
  if (!link.hasAttribute("href")) {
    link.removeAttribute("target");
    return;
  }
  link.setAttribute("target", "_blank");
  link.setAttribute("rel", "noopener noreferrer nofollow");
}
