import { useEffect, useRef } from "preact/hooks";
import { t } from "../../../strings";
import { IconButton } from "../ui/button";
import { useApp } from "../ui/context";
import { BackIcon } from "../ui/icons";
import { Appearance, Assistant } from "./assistant";
import { About, Companion, Shortcuts } from "./about";
import { Data } from "./data";
import { Services } from "./services";

/** Settings is the screen with everything that can be set. */
export function Settings() {
  const app = useApp();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div class="page settings">
      <div class="page-inner">
        <header class="page-head">
          <IconButton label={t.app.back} onClick={() => (app.screen.value = "chat")}><BackIcon /></IconButton>
          <h1 ref={heading} tabIndex={-1}>{t.settings.title}</h1>
        </header>
        <Services />
        <Assistant />
        <Appearance />
        <Companion />
        <Data />
        <Shortcuts />
        <About />
      </div>
    </div>
  );
}
