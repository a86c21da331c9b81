/**
 * patch makes the children of parent from index start on equal to next, changing as little as it can: what the person has
 * selected, and the browser has laid out, stays.
 */
export function patch(parent: Node, start: number, next: ArrayLike<Node>): void {
  let i = start;
  for (const node of Array.from(next)) {
    const old = parent.childNodes[i++];
    if (!old) parent.appendChild(node);
    else if (old.nodeName !== node.nodeName) parent.replaceChild(node, old);
    else morph(old, node);
  }
  while (parent.childNodes.length > i) parent.lastChild!.remove();
}

function morph(old: Node, next: Node): void {
  if (old.nodeType === 3) return morphText(old as Text, (next as Text).data);
  if (old.nodeType !== 1) return;
  morphAttributes(old as Element, next as Element);
  patch(old, 0, next.childNodes);
}

function morphText(old: Text, data: string): void {
  if (old.data === data) return;
  if (data.startsWith(old.data)) old.appendData(data.slice(old.data.length));
  else old.data = data;
}

function morphAttributes(old: Element, next: Element): void {
  for (const { name, value } of Array.from(next.attributes)) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of Array.from(old.attributes)) {
    if (!next.hasAttribute(name)) old.removeAttribute(name);
  }
}
