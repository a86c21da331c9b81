import { Appearance, Assistant } from "./assistant";
import { About, Companion, Shortcuts } from "./about";
import { Clients } from "./clients";
import { Data } from "./data";
import { Services } from "./services";
import { Sync } from "./sync";

/** Settings is the screen with everything that can be set. */
export function Settings() {
  return (
    <div class="page settings">
      <div class="page-inner">
        <Services />
        <Assistant />
        <Appearance />
        <Companion />
        <Sync />
        <Clients />
        <Data />
        <Shortcuts />
        <About />
      </div>
    </div>
  );
}
