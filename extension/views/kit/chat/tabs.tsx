import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { t } from "../../../strings";
import { askToList, hostOf, mayList, openTabs, sitesOf, type OpenTab } from "../page/tabs";
import { grant } from "../page/capture";
import { Button, IconButton } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { TabsIcon } from "../ui/icons";
import { mostAttachments, useAsk } from "./ask";

/** TabsPicker attaches the text of several open tabs to the question. */
export function TabsPicker() {
  const ask = useAsk();
  const open = useSignal(false);
  const busy = ask.reading.value;
  return (
    <>
      <IconButton label={t.page.tabs} class={busy ? "busy" : ""} aria-busy={busy} aria-haspopup="dialog" onClick={() => (open.value = !busy)}><TabsIcon /></IconButton>
      {open.value && <Choices onClose={() => (open.value = false)} />}
    </>
  );
}

// What the browser lets kAI know of is listed at once; leave for all the others is asked for by a button, with its reason.
function Choices({ onClose }: { onClose: () => void }) {
  const ask = useAsk();
  const tabs = useSignal<OpenTab[] | undefined>(undefined);
  const all = useSignal(true);
  const refused = useSignal(false);
  const chosen = useSignal<ReadonlySet<number>>(new Set());
  const look = async () => {
    all.value = await mayList();
    tabs.value = await openTabs();
  };
  useEffect(() => void look(), []);
  const allow = async () => {
    refused.value = !(await askToList().catch(() => false));
    await look();
  };
  const full = ask.attachments.value.length + chosen.value.size >= mostAttachments;
  const choose = (id: number, on: boolean) => {
    const next = new Set(chosen.peek());
    if (on) next.add(id);
    else next.delete(id);
    chosen.value = next;
  };
  const submit = (e: Event) => {
    e.preventDefault();
    const those = (tabs.peek() ?? []).filter((tab) => chosen.peek().has(tab.id));
    const leave = grant(sitesOf(those)).catch(() => false); // in the click itself; what is refused is told tab by tab
    onClose();
    void leave.then(() => ask.aboutTabs(those));
  };
  return (
    <Dialog title={t.page.tabs} onClose={onClose}>
      <form onSubmit={submit}>
        <p class="aside">{t.page.tabsLead}</p>
        <ul class="tabs">
          {(tabs.value ?? []).map((tab) => (
            <Tab key={tab.id} tab={tab} on={chosen.value.has(tab.id)} full={full} onChoose={(on) => choose(tab.id, on)} />
          ))}
        </ul>
        {full && <p class="aside" role="status">{t.picture.many(mostAttachments)}</p>}
        {tabs.value?.length === 0 && all.value && <p class="aside">{t.page.noTabs}</p>}
        {!all.value && (
          <div class="notice info" role="status">
            <p>{refused.value ? t.page.tabsRefused : t.page.tabsReason}</p>
            <Button class="small" onClick={() => void allow()}>{t.page.allow}</Button>
          </div>
        )}
        <div class="actions end">
          <Button tone="quiet" onClick={onClose}>{t.app.cancel}</Button>
          <Button tone="primary" type="submit" disabled={chosen.value.size === 0}>{t.page.attachTabs(chosen.value.size)}</Button>
        </div>
      </form>
    </Dialog>
  );
}

function Tab({ tab, on, full, onChoose }: { tab: OpenTab; on: boolean; full: boolean; onChoose: (on: boolean) => void }) {
  const about = useId();
  return (
    <li>
      <label class={`option ${tab.why ? "disabled" : ""}`} title={tab.url}>
        <input
          type="checkbox" aria-label={tab.title} aria-describedby={about} checked={on} disabled={tab.why !== undefined || (full && !on)}
          onChange={(e) => onChoose(e.currentTarget.checked)}
        />
        <span class="tab-name">
          <span class="clip">{tab.title}</span>
          <span class={`aside ${tab.why ? "" : "clip"}`} id={about}>{tab.why ? t.page.tabsWhy[tab.why] : hostOf(tab.url)}</span>
        </span>
      </label>
    </li>
  );
}
