import { t } from "../../../strings";
import { Tools } from "../tools/section";
import { useApp } from "../ui/context";
import { Appearance, Assistant } from "./assistant";
import { About, Companion, Shortcuts } from "./about";
import { Clients } from "./clients";
import { VoiceSettings } from "../voice/settings";
import { MovingIn } from "../moving/section";
import { Copy } from "./copy";
import { Data } from "./data";
import { PageMenu } from "./page_menu";
import { Services } from "./services";
import { Personas, Prompts } from "./shelf";
import { Sync } from "./sync";

/** Settings is the screen with everything that can be set. */
export function Settings() {
  if (useApp().away.value) return <Away />;
  return (
    <div class="page settings">
      <div class="page-inner">
        <Services />
        <Assistant />
        <Appearance />
        <VoiceSettings />
        <Tools />
        <Prompts />
        <PageMenu />
        <Personas />
        <Companion />
        <Sync />
        <Clients />
        <Copy />
        <MovingIn />
        <Data />
        <Shortcuts />
        <About />
      </div>
    </div>
  );
}

// What is set is set in kai: while it is away there is what this browser does by itself.
function Away() {
  return (
    <div class="page settings">
      <div class="page-inner">
        <p>{t.copy.away}</p>
        <Copy />
        <Shortcuts />
        <About />
      </div>
    </div>
  );
}
