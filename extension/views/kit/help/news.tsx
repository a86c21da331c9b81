import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../../../strings";
import { language } from "../../../strings/format";
import type { News } from "../../../strings/news";
import { read, write } from "../state/remember";
import { IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { CloseIcon, InfoIcon } from "../ui/icons";

const seenKey = "kai-version";

/** dueNews gives the news of a version to whoever used another one before, until they were put away. Nobody has news of the first. */
export async function dueNews(version: string): Promise<News | undefined> {
  const seen = read<string>(seenKey);
  if (seen === version) return undefined;
  const found = seen === undefined ? undefined : (await import("../../../strings/news")).news[version];
  if (!found) write(seenKey, version);
  return found;
}

/** WhatsNew is a quiet line after an update, with what the version brought. */
export function WhatsNew() {
  const version = useApp().version.value;
  const news = useSignal<News | undefined>(undefined);
  useEffect(() => {
    if (version) void dueNews(version).then((due) => (news.value = due), () => undefined);
  }, [version]);
  if (!news.value) return null;
  const dismiss = () => {
    write(seenKey, version);
    news.value = undefined;
  };
  return (
    <section class="notice info news" aria-label={t.news.title(version)}>
      <InfoIcon />
      <details>
        <summary>{t.news.title(version)}</summary>
        <ul>{news.value[language.value].map((line) => <li key={line}>{line}</li>)}</ul>
      </details>
      <IconButton class="small" label={t.app.dismiss} onClick={dismiss}><CloseIcon /></IconButton>
    </section>
  );
}
