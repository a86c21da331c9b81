import type { ComponentChildren } from "preact";
import { AlertIcon, InfoIcon } from "./icons";

/** Notice is a strip that says what is wrong and offers what to do. */
export function Notice(props: { tone: "info" | "warn" | "bad"; children: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class={`notice ${props.tone}`} role={props.tone === "info" ? "status" : "alert"}>
      {props.tone === "info" ? <InfoIcon /> : <AlertIcon />}
      <p>{props.children}</p>
      {props.action}
    </div>
  );
}
