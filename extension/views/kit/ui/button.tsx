import type { ButtonHTMLAttributes, Ref } from "preact";

interface Props extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "class" | "label"> {
  class?: string;
  inner?: Ref<HTMLButtonElement>;
}

type Tone = "plain" | "primary" | "quiet" | "bad";

/** Button says what it does in words. */
export function Button({ tone = "plain", class: more = "", inner, ...rest }: Props & { tone?: Tone }) {
  return <button type="button" ref={inner} class={`button ${tone} ${more}`} {...rest} />;
}

/** IconButton is drawn; its label is its name for everyone who does not see the drawing. */
export function IconButton({ label, class: more = "", inner, ...rest }: Props & { label: string }) {
  return <button type="button" ref={inner} class={`icon-button ${more}`} aria-label={label} title={label} {...rest} />;
}
