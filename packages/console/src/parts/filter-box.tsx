import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { formatCondition } from '@daybook/protocol';
import { readFilter, withOpposite, withoutCondition } from '../filter-edit.ts';
import { Icon } from './icons.tsx';
import { type Suggestion, useSuggestions } from './suggestions.ts';

interface FilterBoxProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Whose values are offered; undefined: none are asked for. */
  readonly span?: { readonly from: string; readonly to: string };
}

/** The filter as text and as chips: both say the same, and either changes the other. */
export function FilterBox({ value, onChange, span }: FilterBoxProps) {
  const [text, setText] = useState(value);
  const [caret, setCaret] = useState(0);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  /** Where the caret goes once the taken suggestion stands in the text. */
  const moveTo = useRef<number | undefined>(undefined);
  const list = useId();
  useEffect(() => setText(value), [value]);
  // Before the next key is read: later it would move the caret away from what was typed meanwhile.
  useLayoutEffect(() => {
    if (moveTo.current !== undefined) input.current?.setSelectionRange(moveTo.current, moveTo.current);
    moveTo.current = undefined;
  }, [text]);
  const { suggestions, replaces } = useSuggestions(open ? text : '', caret, open ? span : undefined);
  const { error } = readFilter(text);
  const chosen = Math.min(at, suggestions.length - 1);
  const submit = () => {
    if (error === undefined) onChange(text.trim());
    setOpen(false);
  };
  const take = (suggestion: Suggestion) => {
    const next = text.slice(0, replaces.from) + suggestion.insert + text.slice(replaces.to);
    const to = replaces.from + suggestion.insert.length;
    setText(next);
    setCaret(to);
    setAt(-1);
    if (!suggestion.insert.endsWith(':')) setOpen(false);
    moveTo.current = to;
  };
  const keys = (event: KeyboardEvent) => {
    const many = suggestions.length;
    if (event.key === 'ArrowDown' && many > 0) {
      setOpen(true);
      setAt((chosen + 1) % many);
    } else if (event.key === 'ArrowUp' && many > 0) setAt((chosen + many - 1 + (chosen < 0 ? 1 : 0)) % many);
    else if (event.key === 'Tab' && open && chosen >= 0) takeAt(chosen);
    else if (event.key === 'Enter') {
      if (open && chosen >= 0) takeAt(chosen);
      else submit();
    } else if (event.key === 'Escape' && open) setOpen(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const takeAt = (index: number) => {
    const suggestion = suggestions[index];
    if (suggestion !== undefined) take(suggestion);
  };
  const showing = open && suggestions.length > 0;
  return (
    <div className="filter">
      <div className={error === undefined ? 'filter-box' : 'filter-box wrong'}>
        <Icon name="search" />
        <input
          ref={input}
          data-shortcut="/"
          className="mono"
          role="combobox"
          aria-label="Filter"
          aria-expanded={showing}
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={showing && chosen >= 0 ? `${list}-${chosen}` : undefined}
          aria-invalid={error !== undefined}
          aria-describedby={error === undefined ? undefined : `${list}-error`}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          placeholder="outcome:denied  user_id:ann  resource:/customers/*  or any word"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setCaret(event.target.selectionStart ?? event.target.value.length);
            setOpen(true);
            setAt(-1);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
          onFocus={() => setOpen(true)}
          onBlur={() => {
            setOpen(false);
            if (error === undefined && text.trim() !== value) onChange(text.trim());
          }}
          onKeyDown={keys}
        />
        {text === '' ? (
          <kbd>/</kbd>
        ) : (
          <button type="button" className="button plain small icon" aria-label="Clear the filter" onClick={() => onChange('')}>
            <Icon name="close" />
          </button>
        )}
      </div>
      <ul role="listbox" id={list} aria-label="Suggestions" className="popover suggestions" hidden={!showing}>
        {suggestions.map((suggestion, i) => (
          <li
            key={suggestion.insert}
            id={`${list}-${i}`}
            role="option"
            aria-selected={i === chosen}
            className="menu-item"
            onPointerDown={(event) => {
              event.preventDefault();
              take(suggestion);
            }}
          >
            <span className="mono clip untrusted">{suggestion.label}</span>
            <span className="quiet clip">{suggestion.hint}</span>
          </li>
        ))}
      </ul>
      {error === undefined ? undefined : (
        <p className="filter-error" id={`${list}-error`}>
          {error.message}
        </p>
      )}
      <Chips value={value} onChange={onChange} />
    </div>
  );
}

function Chips({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const { conditions } = readFilter(value);
  if (conditions === undefined || conditions.length === 0) return undefined;
  return (
    <ul className="chips" aria-label="Conditions">
      {conditions.map((condition, i) => {
        const text = formatCondition(condition);
        const values = condition.values.map((one) => one.text).join(' or ');
        return (
          <li key={`${i} ${text}`} className={condition.not ? 'chip not' : 'chip'}>
            <button
              type="button"
              className="clip"
              title="Turn into its opposite"
              aria-label={`Turn ${text} into its opposite`}
              onClick={() => onChange(withOpposite(value, i))}
            >
              <span className="chip-field">
                {condition.not ? 'not ' : ''}
                {condition.field === undefined
                  ? 'any field '
                  : `${condition.field} ${condition.operator === ':' ? '' : condition.operator} `}
              </span>
              <span className="untrusted">{values}</span>
            </button>
            <button type="button" aria-label={`Remove ${text}`} onClick={() => onChange(withoutCondition(value, i))}>
              <Icon name="close" />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
