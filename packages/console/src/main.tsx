import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/controls.css';
import './styles/search.css';
import './styles/drawer.css';
import './styles/pages.css';
import './styles/coverage.css';
import './styles/exports.css';
import { App } from './app.tsx';
import { measureGutter } from './gutter.ts';
import { PreferencesProvider } from './preferences.tsx';
import { SessionProvider } from './session/session.tsx';

const root = document.querySelector('#root');
if (root === null) throw new Error('index.html has a #root');
measureGutter();
createRoot(root).render(
  <StrictMode>
    <PreferencesProvider>
      <SessionProvider>
        <App />
      </SessionProvider>
    </PreferencesProvider>
  </StrictMode>,
);
