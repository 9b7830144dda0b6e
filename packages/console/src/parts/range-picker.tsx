import { type FormEvent, useState } from 'react';
import { useTimes } from '../preferences.tsx';
import { isoOf, PRESETS } from '../time.ts';
import type { SpanState } from '../use-span.ts';
import { Icon } from './icons.tsx';
import { Popover } from './popover.tsx';

/** Which time is shown, in which zone, always in sight. */
export function RangePicker({ state, busy }: { readonly state: SpanState; readonly busy: boolean }) {
  const times = useTimes();
  const preset = PRESETS.find(({ word }) => word === state.range);
  return (
    <>
      <Popover
        label={
          <>
            <Icon name="clock" />
            <span className="tabular">{preset?.label ?? times.span(state.span)}</span>
            <span className="quiet">{times.name}</span>
            <Icon name="down" />
          </>
        }
      >
        {(close) => <Choices state={state} close={close} />}
      </Popover>
      {state.auto === undefined ? undefined : (
        <button
          type="button"
          className="button auto"
          aria-pressed={state.auto}
          title="Ask again every minute while this page is in sight"
          onClick={() => state.setAuto(state.auto !== true)}
        >
          Auto
        </button>
      )}
      <button type="button" className="button icon" aria-label="Refresh" title="Refresh" disabled={busy} onClick={state.refresh}>
        <Icon name="refresh" />
      </button>
    </>
  );
}

function Choices({ state, close }: { readonly state: SpanState; readonly close: () => void }) {
  const times = useTimes();
  const [from, setFrom] = useState(inputText(state.span.fromMs, times.zone === 'utc'));
  const [to, setTo] = useState(inputText(state.span.toMs, times.zone === 'utc'));
  const span = { fromMs: msOf(from, times.zone === 'utc'), toMs: msOf(to, times.zone === 'utc') };
  const valid = span.fromMs < span.toMs;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!valid) return;
    state.choose(span);
    close();
  };
  return (
    <div className="range-choices">
      <div>
        {PRESETS.map(({ word, label }) => (
          <button
            key={word}
            type="button"
            className="menu-item"
            aria-current={word === state.range ? 'true' : undefined}
            onClick={() => {
              state.choose(word);
              close();
            }}
          >
            {label}
            {word === state.range ? <Icon name="check" /> : undefined}
          </button>
        ))}
      </div>
      <form onSubmit={submit}>
        <label className="field">
          <span>From ({times.name})</span>
          <input className="input tabular" type="datetime-local" step="1" value={from} onChange={(event) => setFrom(event.target.value)} />
        </label>
        <label className="field">
          <span>To, exclusive</span>
          <input className="input tabular" type="datetime-local" step="1" value={to} onChange={(event) => setTo(event.target.value)} />
        </label>
        <button type="submit" className="button" disabled={!valid}>
          Show this range
        </button>
      </form>
    </div>
  );
}

function inputText(ms: number, utc: boolean): string {
  const shifted = utc ? ms : ms - new Date(ms).getTimezoneOffset() * 60_000;
  return isoOf(Math.floor(shifted / 1000) * 1000).slice(0, 19);
}

function msOf(text: string, utc: boolean): number {
  return Date.parse(utc ? `${text}Z` : text);
}
