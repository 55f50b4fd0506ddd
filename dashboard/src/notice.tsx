import type { ComponentChildren } from "preact";

interface NoticeProps {
  title: string;
  text?: string;
  children?: ComponentChildren;
  action?: string;
  onAction?: () => void;
  busy?: boolean;
}

/** Replaces the whole page: what is wrong, and what to do. */
export function Notice({ title, text, children, action, onAction, busy = false }: NoticeProps) {
  return (
    <main class="notice" aria-busy={busy}>
      <h1>{title}</h1>
      <div role="status">
        {text !== undefined && <p>{text}</p>}
        {children}
      </div>
      {action !== undefined && (
        <button type="button" class="primary" onClick={onAction}>
          {action}
        </button>
      )}
    </main>
  );
}
