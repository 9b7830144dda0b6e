export * from './aliases.ts';
export * from './canonical.ts';
export * from './entry.ts';
export * from './errors.ts';
export * from './fields.ts';
export * from './strict-json.ts';
export * from './times.ts';
export * from './vocabulary.ts';
