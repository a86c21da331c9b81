import { t } from "../../../strings";
import { questions, takeBack, type Question } from "../state/questions";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { useAsk } from "./ask";

/** Waiting shows what was asked here while kai was away. */
export function Waiting() {
  const app = useApp();
  const here = questions.value.filter((q) => q.conversation === app.thread.id.value);
  return <>{here.map((q) => <One key={q.id} question={q} />)}</>;
}

function One({ question }: { question: Question }) {
  const ask = useAsk();
  const back = () => {
    takeBack(question.id);
    ask.giveBack(question.text, []);
  };
  return (
    <article class="question pending" aria-label={t.chat.you}>
      <div class="said"><div class="bubble">{question.text}</div></div>
      <p class="aside">{t.chat.waits} <Button tone="quiet" class="small" onClick={back}>{t.chat.takeBack}</Button></p>
    </article>
  );
}
