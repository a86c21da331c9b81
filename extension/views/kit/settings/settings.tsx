import { Appearance, Assistant } from "./assistant";
import { About, Companion, Shortcuts } from "./about";
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
        <Data />
        <Shortcuts />
        <About />
      </div>
    </div>
  );
}
