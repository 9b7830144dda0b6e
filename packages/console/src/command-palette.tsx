import { useId, useState } from 'react';
import { readFilter } from './filter-edit.ts';
import { navigate, withParams } from './location.ts';
import { ALL_PAGES } from './pages.ts';
import { Dialog } from './parts/dialog.tsx';
import { Icon, type IconName } from './parts/icons.tsx';
import { usePreferences } from './preferences.tsx';
import { pageAddress } from './shortcuts.ts';
import { subjectPath } from './subject/subjects.ts';

interface Command {
  readonly title: string;
  readonly icon: IconName;
  readonly hint: string;
  readonly run: () => void;
}

/** Ctrl K: type where to go, or what to look for. */
export function CommandPalette({ onClose, openHelp }: { readonly onClose: () => void; readonly openHelp: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const list = useId();
  const commands = useCommands(text, openHelp);
  const chosen = Math.min(at, commands.length - 1);
  const run = (command: Command | undefined) => {
    onClose();
    command?.run();
  };
  return (
    <Dialog title="Go to" onClose={onClose} className="palette" bare>
      <div className="palette-box">
        <Icon name="search" />
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls={list}
          aria-activedescendant={`${list}-${chosen}`}
          aria-label="A page, or what to search for"
          placeholder="A page, or what to search for"
          autoComplete="off"
          spellCheck={false}
          // oxlint-disable-next-line no-autofocus
          autoFocus
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') setAt((chosen + 1) % commands.length);
            else if (event.key === 'ArrowUp') setAt((chosen + commands.length - 1) % commands.length);
            else if (event.key === 'Enter') run(commands[chosen]);
            else return;
            event.preventDefault();
          }}
        />
      </div>
      <ul role="listbox" id={list} aria-label="Commands" className="palette-list">
        {commands.map((command, i) => (
          <li
            key={command.title}
            role="option"
            id={`${list}-${i}`}
            aria-selected={i === chosen}
            className="menu-item"
            onPointerMove={() => setAt(i)}
            onClick={() => run(command)}
          >
            <Icon name={command.icon} />
            <span className="clip">{command.title}</span>
            <span className="quiet">{command.hint}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function useCommands(text: string, openHelp: () => void): Command[] {
  const { theme, setTheme, times, setZone } = usePreferences();
  const other = theme === 'dark' ? 'light' : 'dark';
  const fixed: Command[] = [
    ...ALL_PAGES.map(({ title, icon, key, path }) => ({ title, icon, hint: `g ${key}`, run: () => navigate(pageAddress(path)) })),
    { title: `Use the ${other} theme`, icon: other === 'dark' ? 'moon' : 'sun', hint: '', run: () => setTheme(other) },
    {
      title: times.zone === 'utc' ? 'Show local times' : 'Show times in UTC',
      icon: 'clock',
      hint: '',
      run: () => setZone(times.zone === 'utc' ? 'local' : 'utc'),
    },
    { title: 'Keyboard shortcuts', icon: 'help', hint: '?', run: openHelp },
  ];
  const words = text.trim().toLowerCase();
  if (words === '') return fixed;
  const found = fixed.filter(({ title }) => title.toLowerCase().includes(words));
  const filter = readFilter(text).error === undefined ? text.trim() : `"${text.trim().replaceAll(/["\\]/g, '\\$&')}"`;
  const search: Command = {
    title: `Search for ${text.trim()}`,
    icon: 'search',
    hint: 'Enter',
    run: () => navigate(withParams('/search', new URLSearchParams(pageAddress('').slice(1)), { q: filter })),
  };
  const person: Command = {
    title: `Person ${text.trim()}`,
    icon: 'user',
    hint: 'what this account did',
    run: () => navigate(subjectPath('user_id', text.trim()) ?? '/'),
  };
  return /[:"]/.test(text) ? [...found, search] : [...found, search, person];
}
