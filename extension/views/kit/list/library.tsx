import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import type { FoundHit } from "../../../gen/wire";
import { t } from "../../../strings";
import { Button, IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { ArchiveIcon, CloseIcon, SearchIcon } from "../ui/icons";
import { FolderChoice } from "./folders";
import { ConversationList } from "./conversation_list";
import { marked } from "./marks";
import { Finder } from "./search";

/** Library is the search box over the list of conversations, or over what was found. */
export function Library() {
  const app = useApp();
  const finder = useMemo(() => new Finder(app), []);
  const box = useRef<HTMLInputElement>(null);
  const archived = useSignal(false);
  const clear = () => {
    finder.type("");
    box.current?.focus();
  };
  const key = (e: KeyboardEvent) => {
    if (e.key !== "Escape" || !finder.words.value) return;
    e.preventDefault();
    e.stopPropagation();
    clear();
  };
  return (
    <div class="library">
      <div class="search" role="search">
        <SearchIcon />
        <input
          ref={box} id="search" type="text" aria-label={t.list.search} placeholder={t.list.search} autocomplete="off" spellcheck={false}
          value={finder.words.value} onInput={(e) => finder.type(e.currentTarget.value)} onKeyDown={key}
        />
        {finder.words.value && <IconButton class="small" label={t.list.clearSearch} onClick={clear}><CloseIcon /></IconButton>}
      </div>
      {finder.words.value.trim() === "" && !archived.value && <FolderChoice />}
      {finder.words.value.trim() === "" ? <ConversationList key={`${archived.value} ${app.shelf.value?.folder}`} archived={archived.value} /> : <Hits finder={finder} />}
      <Button tone="quiet" class="to-archive" aria-pressed={archived.value} onClick={() => (archived.value = !archived.value)}>
        <ArchiveIcon />{archived.value ? t.list.leaveArchive : t.list.archive}
      </Button>
    </div>
  );
}

function Hits({ finder }: { finder: Finder }) {
  const hits = finder.hits.value;
  if (!hits) return <p class="list-empty aside">{t.list.searching}</p>;
  if (hits.length === 0 && !finder.busy.value) {
    return <div class="list-empty"><p>{t.list.noHits(finder.words.value.trim())}</p><p class="aside">{t.list.noHitsHint}</p></div>;
  }
  return (
    <ul class="list hits" role="list" aria-label={t.list.found(hits.length)}>
      {hits.map((hit) => <Hit key={`${hit.conversation.id} ${hit.message ?? ""}`} hit={hit} words={finder.words.value} />)}
    </ul>
  );
}

function Hit({ hit, words }: { hit: FoundHit; words: string }) {
  const app = useApp();
  const from = !hit.message ? t.list.inTitle : hit.role === "user" ? t.list.you : t.app.name;
  return (
    <li>
      <button type="button" class="hit" onClick={() => app.open(hit.conversation.id, hit.message ?? "")}>
        <span class="hit-title clip"><Marked text={hit.conversation.title || t.list.untitled} words={words} /></span>
        {hit.message && <span class="hit-text"><b>{from}</b> <Marked text={hit.snippet} words={words} /></span>}
      </button>
    </li>
  );
}

function Marked({ text, words }: { text: string; words: string }) {
  return <>{marked(text, words).map((p, i) => (p.hit ? <mark key={i}>{p.text}</mark> : p.text))}</>;
}
