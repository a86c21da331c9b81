import { useMemo } from "preact/hooks";
import type { Attachment } from "../../../gen/wire";
import { t } from "../../../strings";
import { useApp } from "../ui/context";

/** Picture shows an attached picture, small; its name opens it whole. */
export function Picture({ attachment }: { attachment: Attachment }) {
  const app = useApp();
  const url = useMemo(() => app.pictures.url(attachment), [attachment]).value;
  if (url === undefined) return <span class="aside">{t.picture.loading}</span>;
  if (url === "") return <span class="aside">{attachment.title}: {t.picture.missing}</span>;
  return (
    <a class="thumb" href={url} target="_blank" rel="noopener" title={t.picture.open(attachment.title)}>
      <img src={url} alt={attachment.title} />
    </a>
  );
}
