import { t } from "../../../strings";
import { IconButton } from "./button";
import { useApp } from "./context";
import { CloseIcon } from "./icons";

/** Toasts shows short messages at the foot of the view. They wait while they are pointed at or hold the focus. */
export function Toasts() {
  const { notices } = useApp();
  return (
    <div class="toasts" role="status" aria-live="polite">
      {notices.toasts.value.map((toast) => (
        <div
          key={toast.id} class={`toast ${toast.tone}`}
          onMouseEnter={() => notices.hold(toast.id)} onMouseLeave={() => notices.release(toast.id)}
          onFocusIn={() => notices.hold(toast.id)} onFocusOut={() => notices.release(toast.id)}
        >
          <p>{toast.text}</p>
          {toast.action && (
            <button type="button" class="button quiet" onClick={() => { notices.dismiss(toast.id); toast.action?.run(); }}>
              {toast.action.label}
            </button>
          )}
          <IconButton label={t.app.dismiss} class="small" onClick={() => notices.dismiss(toast.id)}><CloseIcon /></IconButton>
        </div>
      ))}
    </div>
  );
}

/** Spoken is what screen readers hear without the focus moving. */
export function Spoken() {
  return <p class="unseen" role="status" aria-live="polite">{useApp().notices.spoken.value}</p>;
}
