import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import type { ServiceView } from "../../../gen/wire";
import { t } from "../../../strings";
import { bytes } from "../../../strings/format";
import { builtIn } from "../builtin/engine";
import { change } from "../state/actions";
import type { App } from "../state/app";
import { modelsOf, type Choice } from "../state/models";
import { useApp } from "../ui/context";
import { CheckIcon, ChevronIcon } from "../ui/icons";

const filterFrom = 7; // with fewer models a filter is in the way

interface Option extends Choice {
  detail: string;
  first: ServiceView | undefined; // set on the first option of a service
}

/** ModelPicker shows which model will answer and lets the person take another one. */
export function ModelPicker() {
  const app = useApp();
  const open = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const choice = app.choice.value;
  const close = () => {
    open.value = false;
    button.current?.focus();
  };
  return (
    <div class="picker">
      <button
        ref={button} type="button" class="picker-button" aria-haspopup="dialog" aria-expanded={open.value}
        aria-label={choice ? t.models.choose(choice.model) : t.models.chooseNone}
        onClick={() => (open.value = !open.value)}
      >
        <span class="clip">{choice?.model ?? t.chat.noModel}</span><ChevronIcon />
      </button>
      {open.value && <Panel onClose={close} />}
    </div>
  );
}

function Panel({ onClose }: { onClose: () => void }) {
  const app = useApp();
  const id = useId();
  const panel = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const filter = useSignal("");
  const options = useComputed(() => listed(app.services.value, filter.value));
  const at = useSignal(Math.max(0, options.peek().findIndex((o) => same(o, app.choice.peek()))));
  useEffect(() => {
    input.current?.focus();
    const outside = (e: Event) => {
      if (!panel.current?.parentElement?.contains(e.target as Node)) onClose();
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, []);
  const take = (option: Option | undefined) => {
    if (option) pick(app, option);
    onClose();
  };
  const key = (e: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step) at.value = (at.value + step + options.value.length) % Math.max(1, options.value.length);
    else if (e.key === "Enter") take(options.value[at.value]);
    else if (e.key === "Escape") onClose();
    else return;
    e.preventDefault();
    e.stopPropagation();
    document.getElementById(`${id}-${at.value}`)?.scrollIntoView({ block: "nearest" });
  };
  const many = app.services.value.flatMap(modelsOf).length > filterFrom;
  return (
    <div ref={panel} class="popover" role="dialog" aria-label={t.models.list} onKeyDown={key}>
      <input
        ref={input} class={`filter ${many ? "" : "unseen"}`} type="text" role="combobox" autocomplete="off" placeholder={t.models.filter}
        aria-label={t.models.filter} aria-expanded="true" aria-controls={id}
        aria-activedescendant={options.value.length > 0 ? `${id}-${at.value}` : undefined}
        value={filter.value} onInput={(e) => { filter.value = e.currentTarget.value; at.value = 0; }}
      />
      <div id={id} class="options" role="listbox" aria-label={t.models.list}>
        {options.value.map((option, i) => (
          <>
            {option.first && <p class="options-head" role="presentation">{option.first.name}</p>}
            <div
              key={`${option.service}/${option.model}`} id={`${id}-${i}`} role="option" aria-selected={same(option, app.choice.value)}
              class={`option ${i === at.value ? "at" : ""}`} onPointerMove={() => (at.value = i)} onClick={() => take(option)}
            >
              <span class="clip">{option.model}</span>
              <span class="aside">{option.detail}</span>
              {same(option, app.choice.value) && <CheckIcon />}
            </div>
          </>
        ))}
        {options.value.length === 0 && <p class="aside options-none">{t.models.none}</p>}
      </div>
      <Asleep />
      <button type="button" class="popover-foot" onClick={() => { onClose(); app.screen.value = "settings"; }}>{t.models.manage}</button>
    </div>
  );
}

// Services that can't be asked now are named, so that nobody wonders where their models went.
function Asleep() {
  const app = useApp();
  const asleep = app.answering.value.filter((s) => s.health?.state !== "ready");
  if (asleep.length === 0) return null;
  return (
    <ul class="asleep">
      {asleep.map((s) => (
        <li key={s.id}><span class="clip">{s.name}</span><span class="aside">{t.service.state[s.health?.state ?? "unknown"]}</span></li>
      ))}
    </ul>
  );
}

function pick(app: App, { service, model }: Choice): void {
  app.picked.value = { service, model, conversation: app.thread.id.peek() };
  if (!app.settings.peek().defaultModel) void change(app, { defaultService: service, defaultModel: model });
}

function listed(services: ServiceView[], filter: string): Option[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return services.filter((s) => s.health?.state === "ready").flatMap((service) =>
    modelsOf(service)
      .filter((m) => words.every((w) => `${m.name} ${service.name}`.toLowerCase().includes(w)))
      .map((m, i) => ({
        service: service.id, model: m.name, first: i === 0 ? service : undefined,
        detail: [m.parameters, m.size ? bytes(m.size) : "", service.kind === builtIn ? t.builtIn.slower : ""].filter(Boolean).join(" · "),
      })),
  );
}

function same(a: Choice, b: Choice | undefined): boolean {
  return a.service === b?.service && a.model === b.model;
}
