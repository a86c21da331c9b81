import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../../../strings";
import { Section } from "../settings/section";
import { Shortcuts } from "../settings/about";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { Linked } from "../ui/linked";
import { Command } from "../welcome/health";

/** Help is the screen that says what there is and where it is kept. Nothing of it is loaded from elsewhere. */
export function Help() {
  const app = useApp();
  return (
    <div class="page help">
      <div class="page-inner">
        <Section title={t.help.begin} lead={t.help.beginLead}>
          <div class="actions"><Button onClick={() => app.tour.again()}>{t.help.tour}</Button></div>
        </Section>
        <Section title={t.help.things}>
          <dl class="terms">
            {t.help.terms.map(([name, what]) => <><dt key={name}>{name}</dt><dd>{what}</dd></>)}
          </dl>
        </Section>
        <Section title={t.help.data}>
          {(app.webApp ? t.help.dataWeb : t.help.dataBrowser).map((p) => <p key={p}>{p}</p>)}
        </Section>
        <Shortcuts />
        {!app.webApp && <Commands />}
        {!app.webApp && (
          <Section title={t.help.kai} lead={t.help.kaiLead}>
            <Command app={app} text={t.settings.companionCommand} label={t.chat.copy} />
          </Section>
        )}
        <Section title={t.help.report}>
          <p><Linked text={t.help.reportHow} /></p>
        </Section>
        <Section title={t.help.licence}>
          <p>{t.settings.licence}</p>
        </Section>
      </div>
    </div>
  );
}

// What opens kAI from anywhere in the browser, in the words of the manifest. The browser alone can change these.
function Commands() {
  const commands = useSignal<chrome.commands.Command[]>([]);
  useEffect(() => void chrome.commands?.getAll?.().then((all) => (commands.value = all.filter((c) => c.description)), () => undefined), []);
  if (commands.value.length === 0) return null;
  return (
    <Section title={t.help.commands}>
      <dl class="facts keys">
        {commands.value.map((c) => <><dt key={c.name}>{c.shortcut ? <kbd>{c.shortcut}</kbd> : t.help.noKey}</dt><dd>{c.description}</dd></>)}
      </dl>
      <div class="actions"><Button onClick={() => void changeKeys()}>{t.help.change}</Button></div>
    </Section>
  );
}

interface Commander {
  commands?: { openShortcutSettings?: () => Promise<void> };
}

// Firefox has a call for it; Chromium lets its page be opened as a tab.
async function changeKeys(): Promise<void> {
  const own = (globalThis as { browser?: Commander }).browser?.commands?.openShortcutSettings;
  await (own ? own() : chrome.tabs.create({ url: "chrome://extensions/shortcuts" }));
}
