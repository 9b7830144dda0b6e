import { Component, type ReactNode } from 'react';
import { State } from './parts/states.tsx';

/** A fault of one page leaves the others usable. */
export class PageBoundary extends Component<{ readonly children: ReactNode }, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { readonly failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    const again = (
      <button type="button" className="button" onClick={() => window.location.reload()}>
        Reload
      </button>
    );
    return (
      <State icon="warning" title="This page has failed" action={again}>
        Nothing is lost: the console only shows what the server keeps.
      </State>
    );
  }
}
