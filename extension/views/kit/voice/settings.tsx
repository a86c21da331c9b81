import { t } from "../../../strings";
import { Section } from "../settings/section";
import { useApp } from "../ui/context";
import { Field } from "../ui/field";

/** VoiceSettings turns reading aloud on and says by which voice. */
export function VoiceSettings() {
  const { voice } = useApp();
  const { on = false, name = "", rate = 1 } = voice.kept.value;
  const voices = voice.voices.value;
  return (
    <Section title={t.voice.title} lead={t.voice.lead}>
      <label class="check">
        <input type="checkbox" checked={on} onChange={(e) => voice.choose({ on: e.currentTarget.checked })} />
        <span>{t.voice.on}</span>
      </label>
      {on && voices.length === 0 && <p class="aside" role="status">{t.voice.none}</p>}
      {on && voices.length > 0 && (
        <>
          <Field label={t.voice.which}>
            {(c) => (
              <select {...c} value={voices.some((v) => v.name === name) ? name : ""} onChange={(e) => voice.choose({ name: e.currentTarget.value })}>
                <option value="">{t.voice.auto}</option>
                {voices.map((v) => <option key={v.voiceURI} value={v.name}>{v.name} ({v.lang})</option>)}
              </select>
            )}
          </Field>
          <Field label={t.voice.rate(rate)}>
            {(c) => <input type="range" min={0.5} max={2} step={0.1} {...c} value={rate} onInput={(e) => voice.choose({ rate: Number(e.currentTarget.value) })} />}
          </Field>
        </>
      )}
    </Section>
  );
}
