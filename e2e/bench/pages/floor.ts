// The least that an extension page can be: a text box that is there at once, and the 30 newest conversations out of the
// same database, read by hand. What kAI's side panel is compared with.
const mostRows = 30;

const list = document.querySelector("#rows")!;
const opening = indexedDB.open("kai-cd");
opening.onsuccess = () => {
  const index = opening.result.transaction("conversations").objectStore("conversations").index("updated");
  let rows = 0;
  index.openCursor(null, "prev").onsuccess = (event) => {
    const cursor = (event.target as IDBRequest<IDBCursorWithValue | null>).result;
    if (!cursor || rows++ === mostRows) return document.documentElement.dataset.rows = String(list.childElementCount), undefined;
    const item = document.createElement("li");
    item.textContent = (JSON.parse((cursor.value as { text: string }).text) as { title: string }).title;
    list.append(item);
    cursor.continue();
  };
};
