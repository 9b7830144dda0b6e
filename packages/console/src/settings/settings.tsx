import { useLocation } from '../location.ts';
import { Link } from '../parts/link.tsx';
import { useSession } from '../session/session.tsx';
import { Account } from './account.tsx';
import { Roles } from './roles.tsx';
import { Sessions } from './sessions.tsx';
import { Tokens } from './tokens.tsx';
import { Users } from './users.tsx';

const TABS = [
  { path: '/settings', title: 'Users', needs: 'access:read', page: Users },
  { path: '/settings/roles', title: 'Roles', needs: 'access:read', page: Roles },
  { path: '/settings/tokens', title: 'Tokens', needs: 'admin', page: Tokens },
  { path: '/settings/sessions', title: 'Sessions', needs: undefined, page: Sessions },
  { path: '/settings/account', title: 'My account', needs: undefined, page: Account },
] as const;

/** Who may what. Every change made here is an entry of the ledger. */
export function Settings() {
  const { path } = useLocation();
  const { person } = useSession();
  const may = (permission: string | undefined) =>
    permission === undefined || person?.permissions === undefined || person.permissions.includes(permission);
  const tabs = TABS.filter(({ needs }) => may(needs));
  const here = tabs.find((tab) => tab.path === path) ?? tabs[0];
  const Page = here?.page;
  return (
    <div className="page">
      <div className="page-head">
        <h1>Access</h1>
      </div>
      <nav className="tabs-line" aria-label="Of access">
        {tabs.map((tab) => (
          <Link key={tab.path} href={tab.path} aria-current={tab === here ? 'page' : undefined}>
            {tab.title}
          </Link>
        ))}
      </nav>
      <div className="page-body stack settings-body">{Page === undefined ? undefined : <Page />}</div>
    </div>
  );
}
