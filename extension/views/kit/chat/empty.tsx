import { t } from "../../../strings";
import { TourCard } from "../help/tour_card";
import { useApp } from "../ui/context";
import { Mark } from "../ui/icons";
import { useAsk } from "./ask";
import { Beginning } from "./beginning";

const recentRows = 4;

/** Empty is a conversation that has not begun: a greeting, a few ways to begin, and the way back to the newest ones. */
export function Empty() {
  const app = useApp();
  const ask = useAsk();
  return (
    <div class="empty">
      <Mark />
      <h1>{t.chat.greeting}</h1>
      <ul class="suggestions" aria-label={t.chat.suggestions}>
        {ask.canReadPage && (
          <li><button type="button" class="suggestion" onClick={() => ask.aboutPage(t.chat.suggestPage.text)}>{t.chat.suggestPage.title}</button></li>
        )}
        {t.chat.suggest.map((s) => (
          <li key={s.title}><button type="button" class="suggestion" onClick={() => ask.begin(s.text)}>{s.title}</button></li>
        ))}
      </ul>
      <Beginning />
      {app.tour.step.value !== undefined ? <TourCard /> : app.context !== "tab" && <Recent />}
    </div>
  );
}

function Recent() {
  const app = useApp();
  const rows = app.conversations.list.value.slice(0, recentRows);
  if (rows.length === 0) return null;
  return (
    <section class="recent" aria-label={t.list.recent}>
      <h2>{t.list.recent}</h2>
      <ul>
        {rows.map((c) => (
          <li key={c.id}><button type="button" class="row" onClick={() => app.open(c.id)}><span class="clip">{c.title || t.list.untitled}</span></button></li>
        ))}
      </ul>
    </section>
  );
}
