export { pgauditCsv } from './pgaudit-csv.ts';
export { pgauditJson } from './pgaudit-json.ts';
export { pgauditStderr } from './pgaudit-stderr.ts';
