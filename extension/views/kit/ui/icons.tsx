import type { ComponentChildren } from "preact";

/**
 * Icons are drawn in a 16 by 16 box with the colour of the text. They say nothing to screen readers: their button does. One that
 * points along the line points the other way where lines begin on the right.
 */
function icon(children: ComponentChildren, points = false) {
  return function Icon() {
    return <svg class={points ? "icon points" : "icon"} viewBox="0 0 16 16" aria-hidden="true" focusable="false">{children}</svg>;
  };
}

export const ListIcon = icon(<path d="M2.5 4h11M2.5 8h11M2.5 12h7" />, true);
export const NewIcon = icon(<path d="M8 3v10M3 8h10" />);
export const SettingsIcon = icon(
  <>
    <path d="M2.5 4.75h4.25M10.75 4.75h2.75M2.5 11.25h2.75M9.25 11.25h4.25" />
    <circle cx="8.75" cy="4.75" r="1.75" />
    <circle cx="7.25" cy="11.25" r="1.75" />
  </>,
);
export const PictureIcon = icon(
  <>
    <rect x="2.5" y="3" width="11" height="10" rx="1.75" />
    <circle cx="6" cy="6.5" r="1.1" />
    <path d="m3 11.5 3.25-3 2.25 2 2-1.75 2.75 2.5" />
  </>,
);
export const MicrophoneIcon = icon(
  <>
    <rect x="6" y="2" width="4" height="7.5" rx="2" />
    <path d="M3.5 7.5a4.5 4.5 0 0 0 9 0M8 12v2.25" />
  </>,
);
export const CameraIcon = icon(
  <>
    <path d="M2.5 5.5h2.4l1-1.75h4.2l1 1.75h2.4v7h-11z" />
    <circle cx="8" cy="8.75" r="2.1" />
  </>,
);
export const SendIcon = icon(<path d="M8 13V3.5M3.75 7.5 8 3.25l4.25 4.25" />);
export const UpIcon = SendIcon;
export const SpeakIcon = icon(<path d="M2.5 6.25h2.25L8 3.5v9L4.75 9.75H2.5zM10.25 6a2.8 2.8 0 0 1 0 4M12 4.25a5.3 5.3 0 0 1 0 7.5" />, true);
export const StopIcon = icon(<rect x="4.25" y="4.25" width="7.5" height="7.5" rx="1.5" fill="currentColor" />);
export const SearchIcon = icon(<><circle cx="7" cy="7" r="4.25" /><path d="m10.25 10.25 3.25 3.25" /></>);
export const CloseIcon = icon(<path d="m4 4 8 8M12 4l-8 8" />);
export const CheckIcon = icon(<path d="m3.25 8.5 3 3 6.5-7" />);
export const CopyIcon = icon(
  <>
    <rect x="5.5" y="5.5" width="8" height="8" rx="1.75" />
    <path d="M10.5 3.25a.75.75 0 0 0-.75-.75h-6.5a.75.75 0 0 0-.75.75v6.5c0 .41.34.75.75.75" />
  </>,
);
export const RetryIcon = icon(<path d="M13 8a5 5 0 1 1-1.6-3.67M13.25 2.5v2.75H10.5" />, true);
export const PencilIcon = icon(<path d="M10.75 3 13 5.25 5.5 12.75l-3 .75.75-3z" />);
export const ToolIcon = icon(<path d="M9.5 5.25a3 3 0 0 1 3.9-2.85L11.5 4.3l.2 1.5 1.5.2 1.9-1.9a3 3 0 0 1-4 3.75L5 13.5a1.4 1.4 0 0 1-2-2l5.95-5.75" />);
export const BookIcon = icon(<path d="M8 4.25C6.5 3.25 4.75 3 2.5 3v9c2.25 0 4 .25 5.5 1.25 1.5-1 3.25-1.25 5.5-1.25V3c-2.25 0-4 .25-5.5 1.25zM8 4.25v9" />);
export const PlayIcon = icon(<path d="M5.5 3.5v9l7-4.5z" />);
export const LockIcon = icon(<><rect x="3.5" y="7" width="9" height="6.25" rx="1.5" /><path d="M5.5 7V5.25a2.5 2.5 0 0 1 5 0V7" /></>);
export const UnlockIcon = icon(<><rect x="3.5" y="7" width="9" height="6.25" rx="1.5" /><path d="M5.5 7V4.75a2.5 2.5 0 0 1 4.9-.7" /></>);
export const TrashIcon = icon(<path d="M2.75 4.25h10.5M6 4.25V2.75h4v1.5M4.25 4.25l.6 9h6.3l.6-9M6.75 7v3.5M9.25 7v3.5" />);
export const ChevronIcon = icon(<path d="m4.5 6.5 3.5 3.5 3.5-3.5" />);
export const BackIcon = icon(<path d="M9.75 3.5 5.25 8l4.5 4.5" />, true);
export const ArchiveIcon = icon(<path d="M2.5 3h11v2.75h-11zM3.5 5.75V13h9V5.75M6.5 8.5h3" />);
export const ForthIcon = icon(<path d="M6.25 3.5 10.75 8l-4.5 4.5" />, true);
export const DownIcon = icon(<path d="M8 3v9.5M3.75 8.5 8 12.75l4.25-4.25" />);
export const ExpandIcon = icon(<path d="M9.5 2.75h3.75V6.5M13 3 8.75 7.25M6.5 13.25H2.75V9.5M3 13l4.25-4.25" />, true);
export const PanelIcon = icon(<><rect x="2.25" y="3" width="11.5" height="10" rx="1.75" /><path d="M9.75 3v10" /></>, true);
export const PageIcon = icon(<path d="M4 2.5h5.25L12 5.25v8.25H4zM9 2.75V5.5h2.75M6 8.25h4M6 10.75h4" />);
export const TabsIcon = icon(<><path d="M5.25 2.75h8v7.5h-8z" /><path d="M10.75 10.5v2.75h-8v-7.5h2.25" /></>);
export const QuoteIcon = icon(<path d="M2.75 4h10.5M2.75 8h6.5M2.75 12h8.5" />, true);
export const AlertIcon = icon(<><path d="M8 2.5 14 13H2z" /><path d="M8 6.5v3M8 11.25v.05" /></>);
export const InfoIcon = icon(<><circle cx="8" cy="8" r="5.5" /><path d="M8 7.5v3.25M8 5.25v.05" /></>);
export const HelpIcon = icon(<><circle cx="8" cy="8" r="5.5" /><path d="M6.4 6.5a1.6 1.6 0 1 1 2.3 1.45c-.5.25-.7.55-.7 1.05M8 11.2v.05" /></>);
export const MoreIcon = icon(
  <g fill="currentColor" stroke="none"><circle cx="3.5" cy="8" r="1.2" /><circle cx="8" cy="8" r="1.2" /><circle cx="12.5" cy="8" r="1.2" /></g>,
);
export const DownloadIcon = icon(<path d="M8 2.75v7M4.75 6.75 8 10l3.25-3.25M3 13.25h10" />);

/** Mark is kAI's sign: a k whose arm is a spark. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="9" class="mark-ground" />
      <path d="M11 7.5v17M11.5 18.2 20.5 24.5" class="mark-line" />
      <path d="M20.2 7.2c.5 3.6 1.4 4.5 5 5-3.6.5-4.5 1.4-5 5-.5-3.6-1.4-4.5-5-5 3.6-.5 4.5-1.4 5-5Z" class="mark-spark" />
    </svg>
  );
}
export const PinIcon = icon(<path d="M6 2.75h4M6.75 2.75v4L4.5 9.25h7L9.25 6.75v-4M8 9.25v4" />);
export const FolderIcon = icon(<path d="M2.5 12.25v-8h3.75l1.5 1.75h5.75v6.25z" />);
