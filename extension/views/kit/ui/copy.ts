import { t } from "../../../strings";
import type { App } from "../state/app";

/** copy puts text on the clipboard and says when the browser did not allow it. */
export async function copy(app: App, text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    app.notices.say(t.chat.copied);
    return true;
  } catch {
    app.notices.show(t.chat.copyFailed, undefined, "bad");
    return false;
  }
}
