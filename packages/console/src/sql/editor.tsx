import { type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from 'react';
import { completions, highlighted } from './words.ts';

interface EditorProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onRun: () => void;
}

/** A text area with the same text in colours behind it. Tab leaves it as it leaves every field; completion is by arrows and Enter. */
export function Editor({ value, onChange, onRun }: EditorProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const paint = useRef<HTMLPreElement>(null);
  const caretMark = useRef<HTMLSpanElement>(null);
  const [caret, setCaret] = useState(0);
  const [typing, setTyping] = useState(false);
  const [at, setAt] = useState(-1);
  const [place, setPlace] = useState({ left: 0, top: 0 });
  const moveTo = useRef<number | undefined>(undefined);
  const list = useId();
  const word = /[A-Za-z_]\w*$/.exec(value.slice(0, caret))?.[0] ?? '';
  const offered = typing ? completions(word) : [];
  const chosen = Math.min(at, offered.length - 1);
  // Before the next key is read.
  useLayoutEffect(() => {
    if (moveTo.current !== undefined) area.current?.setSelectionRange(moveTo.current, moveTo.current);
    moveTo.current = undefined;
  }, [value]);
  useLayoutEffect(() => {
    const mark = caretMark.current;
    if (mark !== null) setPlace({ left: Math.min(mark.offsetLeft, (paint.current?.clientWidth ?? 500) - 320), top: mark.offsetTop + 24 });
  }, [value, caret]);
  const take = (label: string) => {
    const from = caret - word.length;
    onChange(value.slice(0, from) + label + value.slice(caret));
    // Behind the opening parenthesis of a function.
    const to = from + label.length - (label.endsWith('()') && label !== 'count()' && label !== 'now()' && label !== 'today()' ? 1 : 0);
    setTyping(false);
    moveTo.current = to;
    setCaret(to);
  };
  const keys = (event: KeyboardEvent) => {
    const many = offered.length;
    const suggestion = offered[chosen];
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) onRun();
    else if (event.key === 'ArrowDown' && many > 0) setAt((chosen + 1) % many);
    else if (event.key === 'ArrowUp' && many > 0) setAt((chosen + many - 1 + (chosen < 0 ? 1 : 0)) % many);
    else if (event.key === 'Enter' && suggestion !== undefined) take(suggestion.label);
    else if (event.key === 'Escape' && many > 0) setTyping(false);
    else return;
    event.preventDefault();
  };
  return (
    <div className="editor-box">
      <div className="editor">
        <pre ref={paint} aria-hidden="true">
          {highlighted(value).map(({ kind, text }, i) => (
            // Pieces have no identity beyond their place.
            // oxlint-disable-next-line no-array-index-key
            <span key={i} className={kind}>
              {text}
            </span>
          ))}{' '}
        </pre>
        <pre aria-hidden="true" className="editor-caret">
          {value.slice(0, caret - word.length)}
          <span ref={caretMark} />
        </pre>
        <textarea
          ref={area}
          aria-label="SQL"
          role="combobox"
          aria-expanded={offered.length > 0}
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={chosen < 0 ? undefined : `${list}-${chosen}`}
          spellCheck={false}
          autoCapitalize="off"
          value={value}
          onChange={(event) => {
            onChange(event.target.value);
            setCaret(event.target.selectionStart);
            setTyping(true);
            setAt(-1);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onBlur={() => setTyping(false)}
          onScroll={(event) => {
            if (paint.current !== null) paint.current.scrollTop = event.currentTarget.scrollTop;
          }}
          onKeyDown={keys}
        />
      </div>
      <ul role="listbox" id={list} aria-label="Completions" className="popover completions" hidden={offered.length === 0} style={place}>
        {offered.map(({ label, hint }, i) => (
          <li
            key={label}
            id={`${list}-${i}`}
            role="option"
            aria-selected={i === chosen}
            className="menu-item"
            onPointerDown={(event) => {
              event.preventDefault();
              take(label);
            }}
          >
            <span className="mono">{label}</span>
            <span className="quiet clip">{hint}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
