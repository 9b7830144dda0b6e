import { readFileSync } from 'node:fs';
import { createServer as createHttp, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createHttps, type Server as HttpsServer } from 'node:https';
import { createSecureContext, type SecureContextOptions, type SecureVersion, TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import { DaybookError } from '@daybook/protocol';
import type { Config } from './config.ts';

/** TLS 1.0 and 1.1 are broken; every client that one would let in speaks 1.2. */
export const VERSION_MIN: SecureVersion = 'TLSv1.2';

/** Files in PEM. */
export type TlsFiles = NonNullable<Config['tls']>;

export interface Listener {
  readonly server: Server;
  /** Reads the files anew when they changed, and uses them from the next connection on; throws when they do not fit together, and the old ones stay. */
  reload(): boolean;
}

/** The server of `http`, with TLS in front when there is a certificate. */
export function createListener(tls: Config['tls'], options: ServerOptions, handler: RequestListener): Listener {
  if (tls === undefined) return { server: createHttp(options, handler), reload: () => false };
  let current = readTls(tls);
  const client = tls.clientCaFile === undefined ? {} : { requestCert: true, rejectUnauthorized: false };
  const server: HttpsServer = createHttps({ ...options, ...current, ...client, minVersion: VERSION_MIN }, handler);
  return {
    server,
    reload() {
      const next = readTls(tls);
      if (JSON.stringify(next) === JSON.stringify(current)) return false;
      server.setSecureContext({ ...next, minVersion: VERSION_MIN });
      current = next;
      return true;
    },
  };
}

/** What the files hold; throws `bad_setting` when they do not fit together. */
export function readTls({ certFile, keyFile, clientCaFile }: TlsFiles): Pick<SecureContextOptions, 'cert' | 'key' | 'ca'> {
  try {
    const text = (file: string) => readFileSync(file, 'utf8');
    const files = { cert: text(certFile), key: text(keyFile), ...(clientCaFile === undefined ? {} : { ca: text(clientCaFile) }) };
    // Throws when key and certificate are not of each other, or are none.
    createSecureContext({ ...files, minVersion: VERSION_MIN });
    return files;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : '';
    throw new DaybookError(
      'bad_setting',
      `The certificate ${certFile}, its key ${keyFile} or the authorities beside them cannot be used: ${why}`,
      { cause },
    );
  }
}

/** The common name of the client's certificate, if one of our authorities signed it and its time is not over. */
export function certifiedName(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  const name: unknown = subject?.CN;
  return typeof name === 'string' ? name : undefined;
}
