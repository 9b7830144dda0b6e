export * from './check.ts';
export * from './codes.ts';
export * from './manifest.ts';
export * from './page.ts';
export * from './prove.ts';
export * from './safe-text.ts';
