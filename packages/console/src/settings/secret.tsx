import { useState } from 'react';
import { Icon } from '../parts/icons.tsx';

/** What is shown once and nowhere else. */
export function Secret({ value, says }: { readonly value: string; readonly says: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <div className="stack" role="status">
      <p>{says}</p>
      <div className="secret">
        <code>{value}</code>
        <button
          type="button"
          className="button small"
          onClick={() => {
            void navigator.clipboard.writeText(value).then(() => setCopied(true));
          }}
        >
          <Icon name={copied ? 'check' : 'link'} /> {copied ? 'Copied' : 'Copy'}
        </button>
      </div>
    </div>
  );
}
