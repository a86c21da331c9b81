import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

/** Dialog asks for something before anything else goes on. The focus stays inside and goes back where it came from. */
export function Dialog(props: { title: string; onClose: () => void; children: ComponentChildren }) {
  const ref = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => {
    const before = document.activeElement;
    ref.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const outside = (event: MouseEvent) => {
    if (event.target === ref.current) props.onClose();
  };
  return (
    <dialog ref={ref} class="dialog" aria-labelledby={title} onMouseDown={outside} onCancel={(e) => { e.preventDefault(); props.onClose(); }}>
      <div class="dialog-body">
        <h2 id={title}>{props.title}</h2>
        {props.children}
      </div>
    </dialog>
  );
}
