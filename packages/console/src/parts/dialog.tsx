import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Icon } from './icons.tsx';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly className?: string;
  /** Without a visible head: a palette. */
  readonly bare?: boolean;
}

/** The browser's own modal dialog: it keeps the focus inside, closes on Escape, and gives the focus back. */
export function Dialog({ title, onClose, children, className, bare = false }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // Whoever opens a form writes next; without one the browser's own choice stands.
    dialog?.querySelector<HTMLElement>('.dialog-body .input')?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      className={className}
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      {bare ? (
        <h2 id={id} className="visually-hidden">
          {title}
        </h2>
      ) : (
        <div className="dialog-head">
          <h2 id={id}>{title}</h2>
          <button type="button" className="button plain icon" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
      )}
      {children}
    </dialog>
  );
}

interface FormFootProps {
  /** While it is under way it cannot be sent again. */
  readonly busy: boolean;
  readonly onClose: () => void;
  /** What sending the form does. */
  readonly children: ReactNode;
}

/** The foot of every dialog that is a form: leave it, or do what it is for. */
export function FormFoot({ busy, onClose, children }: FormFootProps) {
  return (
    <div className="dialog-foot">
      <button type="button" className="button" onClick={onClose}>
        Cancel
      </button>
      <button type="submit" className="button primary" disabled={busy}>
        {children}
      </button>
    </div>
  );
}

/** The foot of a dialog that only shows something. */
export function DoneFoot({ onClose }: { readonly onClose: () => void }) {
  return (
    <div className="dialog-foot">
      <button type="button" className="button primary" onClick={onClose}>
        Done
      </button>
    </div>
  );
}
