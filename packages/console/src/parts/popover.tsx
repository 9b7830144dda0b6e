import { type ReactNode, useEffect, useRef, useState } from 'react';

interface PopoverProps {
  /** What the button says. */
  readonly label: ReactNode;
  readonly name?: string;
  readonly className?: string;
  readonly align?: 'left' | 'right';
  readonly up?: boolean;
  readonly children: (close: () => void) => ReactNode;
}

/** A button and what it opens; Escape, a click outside or leaving by Tab close it. */
export function Popover({ label, name, className = 'button', align = 'right', up = false, children }: PopoverProps) {
  const [open, setOpen] = useState(false);
  const ref = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event: Event) => {
      if (event.target instanceof Node && ref.current?.contains(event.target) === false) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
    };
  }, [open]);
  return (
    <div
      className="anchor"
      ref={ref}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return;
        event.stopPropagation();
        close();
      }}
    >
      <button
        ref={button}
        type="button"
        className={className}
        aria-expanded={open}
        aria-label={name}
        title={name}
        onClick={() => setOpen(!open)}
      >
        {label}
      </button>
      {open ? <div className={`popover ${align} ${up ? 'up' : ''}`}>{children(close)}</div> : undefined}
    </div>
  );
}
