import { lazy, Suspense, useEffect, useState } from 'react';
import { CommandPalette } from './command-palette.tsx';
import { useLocation } from './location.ts';
import { ALL_PAGES } from './pages.ts';
import { ProgressLine, State } from './parts/states.tsx';
import { PageBoundary } from './page-boundary.tsx';
import { useSession } from './session/session.tsx';
import { SignIn } from './session/sign-in.tsx';
import { Shell } from './shell.tsx';
import { useShortcuts } from './shortcuts.ts';
import { SUBJECTS } from './subject/subjects.ts';
import { ShortcutHelp } from './shortcut-help.tsx';

const Overview = lazy(async () => ({ default: (await import('./overview/overview.tsx')).Overview }));
const Search = lazy(async () => ({ default: (await import('./search/search.tsx')).Search }));
const SubjectPage = lazy(async () => ({ default: (await import('./subject/subject.tsx')).SubjectPage }));
const Live = lazy(async () => ({ default: (await import('./live/live.tsx')).Live }));
const Sql = lazy(async () => ({ default: (await import('./sql/sql.tsx')).Sql }));
const Coverage = lazy(async () => ({ default: (await import('./coverage/coverage.tsx')).Coverage }));
const Quarantine = lazy(async () => ({ default: (await import('./quarantine/quarantine.tsx')).Quarantine }));
const Evidence = lazy(async () => ({ default: (await import('./evidence/evidence.tsx')).Evidence }));
const Integrity = lazy(async () => ({ default: (await import('./integrity/integrity.tsx')).Integrity }));
const Settings = lazy(async () => ({ default: (await import('./settings/settings.tsx')).Settings }));

export function App() {
  const { path } = useLocation();
  const { person } = useSession();
  const [open, setOpen] = useState<'palette' | 'help' | undefined>();
  useShortcuts({ palette: () => setOpen('palette'), help: () => setOpen('help') });
  useEffect(() => {
    const title = [...ALL_PAGES, ...SUBJECTS].find(
      (page) => page.path === path || (page.path !== '/' && path.startsWith(page.path)),
    )?.title;
    document.title = title === undefined ? 'Daybook' : `${title} · Daybook`;
  }, [path]);
  if (person === undefined) return <ProgressLine on />;
  // What is checked offline needs nobody's permission.
  if (person === null && path !== '/evidence') return <SignIn />;
  return (
    <Shell openPalette={() => setOpen('palette')} openHelp={() => setOpen('help')}>
      <PageBoundary key={path}>
        <Suspense fallback={<ProgressLine on />}>
          <CurrentPage path={path} />
        </Suspense>
      </PageBoundary>
      {open === 'palette' ? <CommandPalette onClose={() => setOpen(undefined)} openHelp={() => setOpen('help')} /> : undefined}
      {open === 'help' ? <ShortcutHelp onClose={() => setOpen(undefined)} /> : undefined}
    </Shell>
  );
}

function CurrentPage({ path }: { readonly path: string }) {
  if (path === '/' || path === '/sign-in') return <Overview />;
  if (path === '/search') return <Search />;
  const subject = SUBJECTS.find((one) => one.path === path);
  if (subject !== undefined) return <SubjectPage subject={subject} />;
  if (path === '/live') return <Live />;
  if (path === '/query') return <Sql />;
  if (path === '/coverage') return <Coverage />;
  if (path === '/quarantine') return <Quarantine />;
  if (path === '/evidence') return <Evidence />;
  if (path === '/integrity') return <Integrity />;
  if (path === '/settings' || path.startsWith('/settings/')) return <Settings />;
  return (
    <State icon="help" title="There is no such page">
      The address may be of an older console, or misspelt.
    </State>
  );
}
