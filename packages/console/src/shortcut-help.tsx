import { ALL_PAGES } from './pages.ts';
import { Dialog } from './parts/dialog.tsx';

const KEYS: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: ['Ctrl', 'K'], does: 'Go to a page, or search for what you type' },
  { keys: ['/'], does: 'Type a filter' },
  { keys: ['↑', '↓'], does: 'Move in the list of events (also j, k)' },
  { keys: ['Enter'], does: 'Open the event' },
  { keys: ['Esc'], does: 'Close what is open' },
  { keys: ['Ctrl', 'Enter'], does: 'Run the SQL' },
  { keys: ['?'], does: 'This list' },
];

export function ShortcutHelp({ onClose }: { readonly onClose: () => void }) {
  const pages = ALL_PAGES.map(({ key, title }) => ({ keys: ['g', key], does: title }));
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl className="dialog-body keys">
        {[...KEYS, ...pages].map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
