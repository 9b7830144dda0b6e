/** What `GET /v1/quarantine` and `/v1/quarantine/groups` say. */
export interface Group {
  readonly source: string;
  readonly format: string;
  readonly code: string;
  readonly count: number;
  readonly open: number;
  readonly last: string;
}

export interface Record {
  readonly id: string;
  readonly at: string;
  readonly producer: string;
  readonly source: string;
  readonly format: string;
  readonly code: string;
  readonly field: string;
  readonly reason: string;
  readonly line: number | null;
  readonly file: string | null;
  readonly content: Content;
  readonly bytes: number | null;
  readonly mark: { readonly result: string; readonly at: string; readonly by: string } | null;
}

export type Content =
  | { readonly kind: 'text' | 'base64'; readonly value: string }
  | { readonly kind: 'item'; readonly value: unknown }
  | { readonly kind: 'none' };

export interface Reimported {
  readonly event: number;
  readonly duplicate: number;
  readonly noise: number;
  readonly dismissed: number;
  readonly unread: number;
  readonly reasons: readonly { readonly id: string; readonly code: string; readonly reason: string }[];
  readonly next: string | null;
}
