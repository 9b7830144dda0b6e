import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/controls.css';
import '../styles/embed.css';
import { PreferencesProvider } from '../preferences.tsx';
import { EmbedClient } from './client.ts';
import { Trail } from './trail.tsx';

const root = document.querySelector('#root');
if (root === null) throw new Error('embed.html has a #root');
const client = new EmbedClient((theme) => {
  document.documentElement.dataset['theme'] = theme;
});
createRoot(root).render(
  <StrictMode>
    <PreferencesProvider>
      <Trail client={client} />
    </PreferencesProvider>
  </StrictMode>,
);
