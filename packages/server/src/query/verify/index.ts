export { verifyIndex, type VerifyIndexOptions } from './verify-index.ts';
