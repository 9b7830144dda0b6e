export { codeOf, isRecord } from '@daybook/protocol';
