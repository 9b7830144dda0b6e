export interface MetricDoc {
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

const DECLARATION = /new (Counter|Gauge|Histogram|Summary)(?:<[^(]*>)?\(\{([\s\S]*?)\}\)/g;

/** Metrics that a file of the server declares. Read from the text, so that no engine must run for a page of documentation. */
export function metricsIn(source: string): MetricDoc[] {
  return [...source.matchAll(DECLARATION)].flatMap((match) => {
    const name = /\bname: '([^']+)'/.exec(match[2] ?? '')?.[1];
    const help = /\bhelp:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`([^`]*)`)/.exec(match[2] ?? '');
    return name === undefined
      ? []
      : [{ name, type: (match[1] ?? '').toLowerCase(), help: (help?.[1] ?? help?.[2] ?? help?.[3] ?? '').replaceAll('\\', '') }];
  });
}
