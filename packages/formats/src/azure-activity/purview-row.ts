/**
 * A row of Purview's audit search, exported as CSV (`RecordId,CreationDate,RecordType,Operation,UserId,AuditData,…`): AuditData is the record as JSON, in quotes,
 * those in it doubled. undefined: no such row.
 */
export function auditDataOf(row: string): string | undefined {
  const from = row.indexOf('"{""');
  if (from < 0) return undefined;
  for (let at = row.indexOf('}"', from); at >= 0; at = row.indexOf('}"', at + 1))
    if (row[at + 2] !== '"') return row.slice(from + 1, at + 1).replaceAll('""', '"');
  return undefined;
}

export function isPurviewHeader(text: string): boolean {
  return /(?:^|[,"])AuditData(?:[,"]|$)/.test(text) && /Creation(?:Date|Time)|Operation/.test(text);
}
