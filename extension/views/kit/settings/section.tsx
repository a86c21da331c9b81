import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** Section is a part of the settings with its heading. */
export function Section(props: { title: string; lead?: string; children: ComponentChildren }) {
  const id = useId();
  return (
    <section class="section" aria-labelledby={id}>
      <h2 id={id}>{props.title}</h2>
      {props.lead && <p class="aside section-lead">{props.lead}</p>}
      {props.children}
    </section>
  );
}
