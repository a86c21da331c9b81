import { effect, signal } from "@preact/signals";
import { change } from "../state/actions";
import type { App } from "../state/app";

/** Tour is the three steps that a person is shown once, after the first run has led to a model, and again from the help. */
export class Tour {
  /** The step that is shown, if any. */
  readonly step = signal<number | undefined>(undefined);

  constructor(private readonly app: App) {}

  /** follow begins the tour when this view has led a person from the first-run screen to a model, and never a second time. */
  follow(): () => void {
    let first = false;
    return effect(() => {
      const { loaded, welcome, settings, choice } = this.app;
      if (!loaded.value) return;
      if (welcome.value) first = true;
      else if (first && choice.value) {
        first = false;
        if (!settings.peek().toured) this.begin();
      }
    });
  }

  /** begin shows the first step. */
  begin(): void {
    this.step.value = 0;
  }

  /** again shows it in a conversation that has not begun. */
  again(): void {
    this.app.open("");
    this.begin();
  }

  /** go shows the step that is so many further; none is before the first, and after the last it is over. */
  go(steps: number, last: number): void {
    const next = Math.max(0, (this.step.peek() ?? 0) + steps);
    this.step.value = next > last ? undefined : next;
    this.keep();
  }

  /** end takes it away. */
  end(): void {
    this.step.value = undefined;
    this.keep();
  }

  // Kept once the person does something with it, and not while the settings that end the first run are on their way: what comes
  // first there is not certain. A view that is opened later does not show it by itself in any case.
  private keep(): void {
    if (!this.app.settings.peek().toured) void change(this.app, { toured: true });
  }
}
