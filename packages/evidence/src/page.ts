import type { Manifest, ManifestLog } from './manifest.ts';
import { safe } from './safe-text.ts';

/**
 * The page for the people who get the file: a judge, an auditor, a works council. A function of the manifest alone, so that `verify` can tell
 * whether somebody has rewritten it.
 */
export function pageText(manifest: Manifest): string {
  return page(manifest)
    .map(({ title, lines }) => [
      title,
      '-'.repeat(title.length),
      ...lines.map((line) => (line.startsWith('$ ') ? `    ${line.slice(2)}` : line)),
      '',
    ])
    .flat()
    .join('\n');
}

/** Without scripts, styles of its own or anything from elsewhere. */
export function pageHtml(manifest: Manifest): string {
  const [head, ...rest] = page(manifest);
  const lines = (texts: readonly string[]) =>
    texts.map((line) => (line.startsWith('$ ') ? `<pre>${escapeHtml(line.slice(2))}</pre>` : `<p>${escapeHtml(line)}</p>`)).join('\n');
  const title = escapeHtml(head?.title ?? '');
  return [
    '<!doctype html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'"><title>${title}</title></head>`,
    '<body>',
    `<h1>${title}</h1>`,
    lines(head?.lines ?? []),
    ...rest.map((section) => `<h2>${escapeHtml(section.title)}</h2>\n${lines(section.lines)}`),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

interface Section {
  readonly title: string;
  /** A paragraph each; `$ ` begins what is to be shown as typed. */
  readonly lines: readonly string[];
}

function page(manifest: Manifest): Section[] {
  const events = manifest.logs.reduce((sum, log) => sum + log.events, 0);
  return [
    {
      title: 'Evidence from an access log kept by Daybook',
      lines: [
        `${count(events, 'entry', 'entries')} from ${count(manifest.logs.length, 'log', 'logs')}, put together at ${manifest.madeAt}.`,
        ...asked(manifest),
        ...manifest.logs.flatMap(describe),
      ],
    },
    {
      title: 'What this file proves',
      lines: [
        'Each entry in it stands in the log, at the place given by its number, byte for byte as shown here, and stood there when the log signed the checkpoint in this file. ' +
          'Changing, adding or moving one letter of an entry would make its proof fail.',
        'Entries have the receive time of the server in them. Their order in a log is the order in which they were kept.',
        ...(manifest.selection.kind === 'scan'
          ? ['It holds every entry of the range above: numbers in a log have no gaps, so none of the range can have been left out.']
          : []),
      ],
    },
    {
      title: 'What it does not prove',
      lines: [
        ...(manifest.selection.kind === 'where'
          ? [
              'That the filter missed nothing. The filter above is what the maker of the file says was asked; there may be other entries that match it or that matter. ' +
                'Ask for a whole range (daybook evidence --scan LOG:FROM-TO) where that is the question.',
            ]
          : ['That nothing of interest stands outside the range.']),
        'That what an application reported is true. It proves what was reported, and that it was not changed afterwards.',
        'That the log was not made anew as a whole by the one who holds its signing key. Compare the checkpoint with one that was kept elsewhere in time, and the key below with one that you got another way.',
        'Long texts, such as queries, may be kept outside of the entry; the entry then names them by a hash. They are not in this file.',
      ],
    },
    {
      title: 'How to check it',
      lines: [
        'Offline, with Daybook installed; nothing is sent anywhere. Exit status 0 and "OK" mean that nothing is wrong:',
        '$ npx daybook verify FILE',
        'with the key pinned that you trust:',
        ...manifest.logs.map((log) => `$ npx daybook verify FILE --key '${safe(log.verifierKey)}'`),
        'Or with other tools: the file is a zip, the proofs are in the public formats c2sp.org/tlog-proof, c2sp.org/tlog-checkpoint and c2sp.org/signed-note over SHA-256 trees as in RFC 6962.',
      ],
    },
  ];
}

function asked({ selection }: Manifest): string[] {
  if (selection.kind === 'scan') return [`All entries ${selection.from} to ${selection.to} of the log ${selection.log}.`];
  return ['Chosen by the filter', `$ ${safe(selection.where)}`];
}

function describe(log: ManifestLog): string[] {
  const range = `${count(log.events, 'entry', 'entries')} between number ${log.firstIdx} and ${log.lastIdx}`;
  return [
    `Log ${log.log} (${safe(log.origin)}): ${range}, received from ${log.firstRecordedAt} to ${log.lastRecordedAt}. The checkpoint covers ${count(log.checkpointSize, 'entry', 'entries')}. Its key:`,
    `$ ${safe(log.verifierKey)}`,
  ];
}

function count(number: number, one: string, many: string): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
