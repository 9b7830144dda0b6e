import { type Action, type JsonRecord, recordOf } from '@daybook/protocol';
import { firstOf, str } from '../json/values.ts';
import { actionOfTag, sqlOf } from '../postgres/sql.ts';

/** What was run: a job of BigQuery, as BigQueryAuditMetadata and the older AuditData tell of it, or a statement of Spanner. */
export interface Job {
  readonly query: string | undefined;
  /** What it did; undefined when it asked, or nothing says. */
  readonly action: Action | undefined;
  /** google.rpc.Status of a job that failed, whatever became of the call. */
  readonly error: JsonRecord;
}

const NO_JOB: Job = { query: undefined, action: undefined, error: {} };

/** jobConfig.type, and the member of the older jobConfiguration. */
const ACTION_OF_KIND: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['EXPORT', 'export'], ['extract', 'export'], ['IMPORT', 'create'], ['load', 'create'], ['COPY', 'create'], ['tableCopy', 'create'],
]); // biome-ignore format: a table

export function jobOf(payload: JsonRecord): Job {
  const sql = str(recordOf(payload['request'])['sql']);
  if (sql !== undefined) return { ...NO_JOB, query: sql, action: changeOf(tagOf(sql)) };
  const metadata = recordOf(payload['metadata']);
  for (const kind of ['jobInsertion', 'jobChange'])
    if (metadata[kind] !== undefined) return newJob(recordOf(recordOf(metadata[kind])['job']));
  const data = recordOf(payload['serviceData'] ?? payload['servicedata_v1_bigquery']);
  const job = recordOf(data['jobCompletedEvent'])['job'] ?? recordOf(data['jobInsertRequest'])['resource'];
  return job === undefined ? NO_JOB : oldJob(recordOf(job));
}

function newJob(job: JsonRecord): Job {
  const config = recordOf(job['jobConfig']);
  const asked = recordOf(config['queryConfig']);
  const query = str(asked['query']);
  const statement = str(asked['statementType'])?.replaceAll('_', ' ');
  return {
    query,
    action: ACTION_OF_KIND.get(str(config['type']) ?? '') ?? changeOf(statement ?? tagOf(query)),
    error: recordOf(recordOf(job['jobStatus'])['errorResult']),
  };
}

function oldJob(job: JsonRecord): Job {
  const config = recordOf(job['jobConfiguration']);
  const kind = ['extract', 'load', 'tableCopy'].find((name) => config[name] !== undefined);
  const query = str(recordOf(config['query'])['query']);
  return {
    query,
    action: kind === undefined ? changeOf(firstOf(recordOf(config['query'])['statementType'], tagOf(query))) : ACTION_OF_KIND.get(kind),
    error: recordOf(recordOf(job['jobStatus'])['error']),
  };
}

function tagOf(query: string | undefined): string | undefined {
  return query === undefined ? undefined : sqlOf(query).tag;
}

/** What a statement changes; one that reads, and a script, is a query. `CREATE_TABLE_AS_SELECT`, `DROP_VIEW`, `DELETE`. */
function changeOf(tag: string | undefined): Action | undefined {
  const action = tag === undefined ? 'other' : actionOfTag(tag);
  return action === 'read' || action === 'other' || action === 'execute' ? undefined : action;
}
