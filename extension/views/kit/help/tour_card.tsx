import { useEffect, useRef } from "preact/hooks";
import { t } from "../../../strings";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";

/** TourCard is the step of the tour that is shown. It lies beside what it tells of and covers nothing. */
export function TourCard() {
  const { tour } = useApp();
  const at = tour.step.value;
  const heading = useRef<HTMLHeadingElement>(null);
  const moved = useRef(false);
  useEffect(() => {
    if (moved.current) heading.current?.focus(); // whoever can't see the next step hears it
  }, [at]);
  const step = at === undefined ? undefined : t.tour.steps[at];
  if (at === undefined || !step) return null;
  const last = t.tour.steps.length - 1;
  const go = (steps: number) => {
    moved.current = true;
    tour.go(steps, last);
  };
  const leave = (e: KeyboardEvent) => {
    if (e.key !== "Escape") return;
    e.preventDefault();
    tour.end();
  };
  return (
    <section class="card tour" aria-label={t.tour.title} onKeyDown={leave}>
      <p class="aside">{t.tour.stepOf(at + 1, last + 1)}</p>
      <h2 ref={heading} tabIndex={-1}>{step.title}</h2>
      <p>{step.text}</p>
      <div class="actions">
        <Button class="small" onClick={() => go(1)}>{at < last ? t.tour.next : t.tour.done}</Button>
        {at > 0 && <Button tone="quiet" class="small" onClick={() => go(-1)}>{t.app.back}</Button>}
        {at < last && <Button tone="quiet" class="small" onClick={() => tour.end()}>{t.tour.skip}</Button>}
      </div>
    </section>
  );
}
