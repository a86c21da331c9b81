import { useSignal } from "@preact/signals";
import type { Folder } from "../../../gen/wire";
import { t } from "../../../strings";
import { putFolder, removeFolder } from "../state/actions";
import { Button, IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { Dialog } from "../ui/dialog";
import { FolderIcon, TrashIcon } from "../ui/icons";

/** FolderChoice lists one folder alone, or all conversations, and leads to the folders themselves. */
export function FolderChoice() {
  const app = useApp();
  const open = useSignal(false);
  const folders = app.folders.items.value;
  return (
    <div class="folder-choice">
      {folders.length > 0 && (
        <select aria-label={t.folders.one} value={app.shelf.value?.folder ?? ""} onChange={(e) => app.chooseFolder(e.currentTarget.value)}>
          <option value="">{t.folders.all}</option>
          {folders.map((f) => <option key={f.id} value={f.id}>{f.name}</option>)}
        </select>
      )}
      {folders.length > 0
        ? <IconButton label={t.folders.edit} onClick={() => (open.value = true)}><FolderIcon /></IconButton>
        : <Button tone="quiet" class="small" onClick={() => (open.value = true)}><FolderIcon />{t.folders.add}</Button>}
      {open.value && <FoldersDialog onClose={() => (open.value = false)} />}
    </div>
  );
}

function FoldersDialog({ onClose }: { onClose: () => void }) {
  const app = useApp();
  const name = useSignal("");
  const add = async (e: Event) => {
    e.preventDefault();
    if (await putFolder(app, name.peek())) name.value = "";
  };
  const folders = app.folders.items.value;
  return (
    <Dialog title={t.folders.title} onClose={onClose}>
      <form class="inline" onSubmit={(e) => void add(e)}>
        <input type="text" aria-label={t.folders.name} placeholder={t.folders.name} maxLength={100} value={name.value} onInput={(e) => (name.value = e.currentTarget.value)} />
        <Button type="submit" disabled={!name.value.trim()}>{t.folders.add}</Button>
      </form>
      {folders.length > 0 && <ul class="folder-list" aria-label={t.folders.title}>{folders.map((f) => <li key={f.id}><Line folder={f} onRemove={onClose} /></li>)}</ul>}
      <p class="aside">{t.folders.keeps}</p>
      <div class="actions end"><Button onClick={onClose}>{t.app.close}</Button></div>
    </Dialog>
  );
}

function Line({ folder, onRemove }: { folder: Folder; onRemove: () => void }) {
  const app = useApp();
  const rename = (e: Event & { currentTarget: HTMLInputElement }) => {
    const box = e.currentTarget;
    void putFolder(app, box.value, folder).then((id) => { if (!id || !box.value.trim()) box.value = folder.name; });
  };
  return (
    <>
      <input type="text" aria-label={t.folders.nameOf(folder.name)} maxLength={100} defaultValue={folder.name} onChange={rename} />
      <IconButton label={t.folders.removeOf(folder.name)} onClick={() => { onRemove(); void removeFolder(app, folder); }}><TrashIcon /></IconButton>
    </>
  );
}
