import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useAnyExport } from './exports/begun.ts';
import { useLocation } from './location.ts';
import { ADMIN_PAGES, CAPTURE_PAGES, type Page, PAGES, PROOF_PAGES } from './pages.ts';
import { Icon, Mark } from './parts/icons.tsx';
import { Link } from './parts/link.tsx';
import { Popover } from './parts/popover.tsx';
import { usePreferences } from './preferences.tsx';
import { type Scope, useSession } from './session/session.tsx';
import { pageAddress } from './shortcuts.ts';
import { ServerState } from './server-state.tsx';

const Tray = lazy(async () => ({ default: (await import('./exports/tray.tsx')).Tray }));

interface ShellProps {
  readonly children: ReactNode;
  readonly openPalette: () => void;
  readonly openHelp: () => void;
}

/** What stands around every page. */
export function Shell({ children, openPalette, openHelp }: ShellProps) {
  const [open, setOpen] = useState(false);
  const { person } = useSession();
  const tray = useAnyExport(person?.name) ? (
    <Suspense fallback={null}>
      <Tray />
    </Suspense>
  ) : undefined;
  return (
    <div className="shell">
      <a href="#main" className="skip">
        Skip to the content
      </a>
      <header className="topbar">
        <Brand />
        {tray}
        <button type="button" className="button plain icon" aria-label="Search" onClick={openPalette}>
          <Icon name="search" />
        </button>
        <button type="button" className="button plain icon" aria-label="Menu" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name={open ? 'close' : 'menu'} />
        </button>
      </header>
      <nav
        className={open ? 'nav open' : 'nav'}
        aria-label="Pages"
        onClick={(event) => {
          if (event.target instanceof Element && event.target.closest('a') !== null) setOpen(false);
        }}
      >
        <Brand />
        {person === null ? undefined : (
          <button type="button" className="nav-jump" onClick={openPalette}>
            <Icon name="search" />
            <span>Go to…</span>
            <kbd>Ctrl K</kbd>
          </button>
        )}
        <div>
          {person === null ? undefined : <NavList pages={PAGES} />}
          {person === null ? undefined : (
            <>
              <div className="nav-title">Capture</div>
              <NavList pages={CAPTURE_PAGES} />
            </>
          )}
          <div className="nav-title">Proof</div>
          <NavList pages={person === null ? PROOF_PAGES.slice(0, 1) : PROOF_PAGES} />
          {person === null ? undefined : (
            <>
              <div className="nav-title">Administration</div>
              <NavList pages={ADMIN_PAGES} />
            </>
          )}
        </div>
        <div className="nav-foot">
          {tray}
          {person === null ? undefined : <ServerState />}
          {person?.scope === null || person?.scope === undefined ? undefined : <ScopeLine scope={person.scope} />}
          <Who openHelp={openHelp} />
        </div>
      </nav>
      <main className="main" id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

function Brand() {
  return (
    <Link href="/" className="nav-brand">
      <Mark /> Daybook
    </Link>
  );
}

function NavList({ pages }: { readonly pages: readonly Page[] }) {
  const { path } = useLocation();
  return (
    <ul className="nav-list">
      {pages.map((page) => {
        const here = path === page.path || (page.path !== '/' && path.startsWith(`${page.path}/`));
        return (
          <li key={page.path}>
            <Link href={pageAddress(page.path)} aria-current={here ? 'page' : undefined}>
              <Icon name={page.icon} />
              {page.title}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

function Who({ openHelp }: { readonly openHelp: () => void }) {
  const { person, signOut } = useSession();
  const { theme, setTheme, times, setZone } = usePreferences();
  return (
    <div className="nav-user">
      <span className="clip">
        {person === null || person === undefined ? (
          <Link href="/" className="text">
            Sign in
          </Link>
        ) : (
          <>
            <span className="untrusted">{person.name}</span> <span className="quiet">{person.roles.join(', ')}</span>
          </>
        )}
      </span>
      <Popover label={<Icon name="settings" />} name="Preferences" className="button plain icon" up>
        {(close) => (
          <>
            <div className="menu-title">Theme</div>
            <div className="segmented">
              {(['system', 'light', 'dark'] as const).map((one) => (
                <button key={one} type="button" aria-pressed={theme === one} onClick={() => setTheme(one)}>
                  {one === 'system' ? 'System' : one === 'light' ? 'Light' : 'Dark'}
                </button>
              ))}
            </div>
            <div className="menu-title">Times</div>
            <div className="segmented">
              <button type="button" aria-pressed={times.zone === 'local'} onClick={() => setZone('local')}>
                Local
              </button>
              <button type="button" aria-pressed={times.zone === 'utc'} onClick={() => setZone('utc')}>
                UTC
              </button>
            </div>
            <hr className="menu-line" />
            <button
              type="button"
              className="menu-item"
              onClick={() => {
                close();
                openHelp();
              }}
            >
              <Icon name="help" /> Keyboard <span className="quiet">?</span>
            </button>
            <a className="menu-item" href="/openapi.json">
              <Icon name="link" /> HTTP API
            </a>
            {person === null ? undefined : (
              <button type="button" className="menu-item" onClick={() => void signOut()}>
                <Icon name="out" /> Sign out
              </button>
            )}
          </>
        )}
      </Popover>
    </div>
  );
}

/** What is not shown is said, always. */
function ScopeLine({ scope }: { readonly scope: Scope }) {
  const own = scope.own === null ? [] : Object.entries(scope.own);
  const parts = [...own, ...scope.any.flatMap((filter) => Object.entries(filter))].map(
    ([field, values]) => `${field} ${values.join(' or ')}`,
  );
  const hidden = scope.masks.length === 0 ? '' : `; never ${scope.masks.join(', ')}`;
  return (
    <div className="nav-state untrusted">
      <span className="dot warn" />
      You see a part: {parts.length === 0 ? 'all sources' : parts.join(', ')}
      {hidden}
    </div>
  );
}
