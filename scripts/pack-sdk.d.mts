export function packSdk(directory: string): Promise<{ readonly file: string; readonly unpackedSize: number }>;
