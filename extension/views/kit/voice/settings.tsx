import { t } from "../../../strings";
import { Section } from "../settings/section";
import { useApp } from "../ui/context";
import { Field } from "../ui/field";
import { recognition } from "./dictation";
import { usable } from "./endpoint";

/** VoiceSettings turns reading aloud on and says by which voice. */
export function VoiceSettings() {
  const { voice, webApp } = useApp();
  const { on = false, name = "", rate = 1, speaks } = voice.kept.value;
  const voices = voice.voices.value;
  const own = on && speaks !== "server";
  return (
    <Section title={t.voice.title} lead={t.voice.lead}>
      <label class="check">
        <input type="checkbox" checked={on} onChange={(e) => voice.choose({ on: e.currentTarget.checked })} />
        <span>{t.voice.on}</span>
      </label>
      {on && !webApp && (
        <Field label={t.voice.by}>
          {(c) => (
            <select {...c} value={speaks ?? ""} onChange={(e) => voice.choose({ speaks: e.currentTarget.value === "server" ? "server" : undefined })}>
              <option value="">{t.voice.byComputer}</option>
              <option value="server">{t.dictation.server}</option>
            </select>
          )}
        </Field>
      )}
      {on && !own && <Speaker />}
      {own && voices.length === 0 && <p class="aside" role="status">{t.voice.none}</p>}
      {own && voices.length > 0 && (
          <Field label={t.voice.which}>
            {(c) => (
              <select {...c} value={voices.some((v) => v.name === name) ? name : ""} onChange={(e) => voice.choose({ name: e.currentTarget.value })}>
                <option value="">{t.voice.auto}</option>
                {voices.map((v) => <option key={v.voiceURI} value={v.name}>{v.name} ({v.lang})</option>)}
              </select>
            )}
          </Field>
      )}
      {on && (!own || voices.length > 0) && (
          <Field label={t.voice.rate(rate)}>
            {(c) => <input type="range" min={0.5} max={2} step={0.1} {...c} value={rate} onInput={(e) => voice.choose({ rate: Number(e.currentTarget.value) })} />}
          </Field>
      )}
      {!webApp && <Hearing />}
    </Section>
  );
}

function Speaker() {
  const { voice } = useApp();
  const { url = "", model = "", voice: name = "" } = voice.kept.value.speaker ?? {};
  const set = (some: { url?: string; model?: string; voice?: string }) => voice.choose({ speaker: { url, model, voice: name, ...some } });
  return (
    <>
      <Address label={t.voice.speaker} url={url} onChange={(next) => set({ url: next })} />
      <Field label={t.dictation.model} hint={t.dictation.modelHint("tts-1")}>
        {(c) => <input type="text" autocomplete="off" spellcheck={false} {...c} value={model} onInput={(e) => set({ model: e.currentTarget.value })} />}
      </Field>
      <Field label={t.voice.which} hint={t.dictation.modelHint("alloy")}>
        {(c) => <input type="text" autocomplete="off" spellcheck={false} {...c} value={name} onInput={(e) => set({ voice: e.currentTarget.value })} />}
      </Field>
    </>
  );
}

// How questions are written down as they are said.
function Hearing() {
  const { voice } = useApp();
  const { hears, hearer = { url: "" } } = voice.kept.value;
  const choose = (value: string) => voice.choose({ hears: value === "browser" || value === "server" ? value : undefined });
  return (
    <>
      <Field label={t.dictation.title} hint={hears === "browser" ? t.dictation.browserHint : undefined}>
        {(c) => (
          <select {...c} value={hears ?? ""} onChange={(e) => choose(e.currentTarget.value)}>
            <option value="">{t.dictation.off}</option>
            {recognition() && <option value="browser">{t.dictation.browser}</option>}
            <option value="server">{t.dictation.server}</option>
          </select>
        )}
      </Field>
      {hears === "server" && (
        <>
          <Address label={t.dictation.address} url={hearer.url} onChange={(url) => voice.choose({ hearer: { ...hearer, url } })} />
          <Field label={t.dictation.model} hint={t.dictation.modelHint("whisper-1")}>
            {(c) => <input type="text" autocomplete="off" spellcheck={false} {...c} value={hearer.model ?? ""} onInput={(e) => voice.choose({ hearer: { ...hearer, model: e.currentTarget.value } })} />}
          </Field>
        </>
      )}
    </>
  );
}

function Address({ label, url, onChange }: { label: string; url: string; onChange: (url: string) => void }) {
  return (
    <Field label={label} hint={t.dictation.addressHint} wrong={url && !usable(url) ? t.settings.needUrl : undefined}>
      {(c) => <input type="url" autocomplete="off" spellcheck={false} {...c} value={url} onInput={(e) => onChange(e.currentTarget.value)} />}
    </Field>
  );
}
