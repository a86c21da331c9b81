import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** FieldProps tie a control to its label, hint and complaint. */
export interface FieldProps {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean | undefined;
}

/** Field is a control with its label above, and a hint or a complaint below. */
export function Field(props: { label: string; hint?: string; wrong?: string; children: (control: FieldProps) => ComponentChildren }) {
  const id = useId();
  const note = props.wrong ?? props.hint;
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.children({ id, "aria-describedby": note ? `${id}-note` : undefined, "aria-invalid": props.wrong ? true : undefined })}
      {note && <p id={`${id}-note`} class={props.wrong ? "wrong" : "hint"} role={props.wrong ? "alert" : undefined}>{note}</p>}
    </div>
  );
}
