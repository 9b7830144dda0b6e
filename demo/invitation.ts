import path from 'node:path';

/** What to ask first: each has an answer worth seeing. The guide (docs/guides/demo.md) tells what they show. */
export const QUESTIONS: readonly (readonly [question: string, sql: string])[] = [
  [
    'Who read customer 4711?',
    "SELECT user_id, count() AS times, max(timestamp) AS last FROM access_logs WHERE resource_type = 'customer' AND resource_id = '4711' AND action = 'read' GROUP BY user_id ORDER BY last DESC",
  ],
  [
    'What did this account do before it was disabled?',
    "SELECT action, resource_type, outcome, country_code, count() AS times FROM access_logs WHERE user_id = 'u-mira' AND timestamp > (SELECT max(timestamp) FROM access_logs WHERE event_type = 'user.disable' AND target_user_id = 'u-mira') - INTERVAL 36 HOUR GROUP BY ALL ORDER BY times DESC LIMIT 12",
  ],
  [
    'Who was in two countries within an hour?',
    "SELECT user_id, toStartOfHour(timestamp) AS hour, groupUniqArray(country_code) AS countries FROM access_logs WHERE source = 'backoffice' AND country_code != '' AND outcome = 'success' GROUP BY ALL HAVING length(countries) > 1 ORDER BY hour",
  ],
];

/** How to look at it. */
export function invitation({
  url,
  data,
  badDay,
}: {
  readonly url: string;
  readonly data: string | undefined;
  readonly badDay: string;
}): string[] {
  const nearby = data === undefined ? '' : path.relative(process.cwd(), data);
  const at = data === undefined ? `--url ${url}` : `--data ${nearby.startsWith('..') ? data : nearby}`;
  return [
    '',
    `The bad day is ${badDay}. Ask, in another terminal:`,
    ...QUESTIONS.flatMap(([question, sql]) => [`  # ${question}`, `  npx daybook query ${at} "${sql}"`]),
    '  # Watch, and check:',
    `  npx daybook tail ${at} --outcome denied`,
    `  npx daybook verify ${data === undefined ? url : at.slice('--data '.length)}`,
    ...(data === undefined
      ? []
      : [
          `The commands find their token beside the data; other programs make one: npx daybook token create ${at} --role auditor --name me`,
        ]),
    '',
  ];
}
