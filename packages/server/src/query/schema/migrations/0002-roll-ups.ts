import { mergeTree } from '../engine-clauses.ts';
import type { Migration } from '../migrate.ts';

/** What roll-ups have in common with the table of events keeps its types, whatever they are in this index. */
const TAKEN = 'log, kind, outcome, action';

/**
 * Counts of whole chunks of a log, for the overview and facets over months: by hour and what has few values, and by day and user, resource or address. A chunk (`entries` of a log from idx `first` on) is a partition,
 * so that one half made is dropped as a whole. `hour` and `day` count from 1970. Of actions `days` tells logins from all others: with each of them a resource's rows
 * would be nearly as many as its events.
 */
export const rollUps: Migration = {
  number: 2,
  name: 'roll_ups',
  statements: [
    `CREATE TABLE IF NOT EXISTS daybook.hours ${mergeTree({ partitionBy: '(log, entries, first)', orderBy: 'hour' })}
EMPTY AS SELECT toUInt64(0) AS first, toUInt64(0) AS entries, toInt64(0) AS hour, ${TAKEN}, source, resource_type, resource_sensitivity, country_code, toUInt64(0) AS n FROM default.access_logs`,
    `CREATE TABLE IF NOT EXISTS daybook.days ${mergeTree({ partitionBy: '(log, entries, first)', orderBy: '(field, day)' })}
EMPTY AS SELECT toUInt64(0) AS first, toUInt64(0) AS entries, toInt64(0) AS day, toLowCardinality('') AS field, '' AS value, ${TAKEN}, resource_sensitivity, toUInt64(0) AS n FROM default.access_logs`,
  ],
};
