export * from './canonical.ts';
export * from './entry.ts';
export * from './errors.ts';
export * from './fields.ts';
