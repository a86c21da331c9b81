import { t } from "../../../strings";
import { inWords } from "../../../strings/faults";
import { capital, sentence } from "../state/app";
import { Notice } from "../ui/banner";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";

const nearlyFull = 0.9;

/** Banners say what is wrong with the whole: the worst, and only that. */
export function Banners() {
  const app = useApp();
  const { state, reason } = app.link.value;
  const again = <Button class="small" onClick={() => app.client.retry()}>{t.app.tryAgain}</Button>;
  if (state === "failed") {
    return <Notice tone="bad" action={again}>{t.banner.failed} {reason && sentence(reason)}</Notice>;
  }
  if (state === "lost" && app.loaded.value) return <Notice tone="warn" action={again}>{t.banner.reconnecting}</Notice>;
  if (state === "lost" && reason?.remedy) return <Notice tone="warn">{capital(sentence(reason))}</Notice>;
  if (app.away.value) return <Notice tone="info">{t.banner.away}</Notice>;
  return app.loaded.value ? <StorageBanner /> : null;
}

function StorageBanner() {
  const app = useApp();
  const { fault, durable, bytes, quota = 0 } = app.storage.value;
  const review = <ToSettings label={t.banner.review} />;
  if (fault) return <Notice tone="bad" action={review}>{t.banner.storageFault} {sentence(fault)}{!durable && ` ${t.banner.notDurableOther}`}</Notice>;
  if (!durable) return <Notice tone="warn">{inPrivate() ? t.banner.notDurable : t.banner.notDurableOther}</Notice>;
  if (quota > 0 && bytes > quota * nearlyFull) return <Notice tone="warn" action={review}>{t.banner.storageFull}</Notice>;
  if (app.config.value) return <Notice tone="warn">{t.banner.config} {sentence(app.config.value)}</Notice>;
  return <CompanionBanner />;
}

function CompanionBanner() {
  const app = useApp();
  const trouble = app.trouble.value;
  if (trouble) return <Notice tone="warn" action={<ToSettings label={t.banner.review} />}>{capital(inWords(trouble))}</Notice>;
  if (app.welcome.value || app.choice.value || app.screen.value === "settings") return null;
  return <Notice tone="info" action={<ToSettings label={t.chat.setUp} />}>{t.banner.noModel}</Notice>;
}

function ToSettings({ label }: { label: string }) {
  const app = useApp();
  return <Button class="small" onClick={() => (app.screen.value = "settings")}>{label}</Button>;
}

function inPrivate(): boolean {
  return typeof chrome !== "undefined" && chrome.extension?.inIncognitoContext === true;
}
