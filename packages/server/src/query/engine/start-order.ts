/** The messages over the IPC channel between the server and the engine process. The channel's end is also how the engine learns that the server is gone. */
export interface StartOrder {
  readonly kind: 'start';
  /** Where ClickHouse keeps its files. */
  readonly dir: string;
  /** Password of the HTTP interface, new for every start. */
  readonly secret: string;
}

export interface StopOrder {
  readonly kind: 'stop';
}

export type EngineOrder = StartOrder | StopOrder;

export type EngineReport =
  | { readonly kind: 'ready'; readonly port: number; readonly version: string }
  /** `unsupported`: this machine has no embedded engine. `data`: the files do not open. `locked`: another process holds them. */
  | { readonly kind: 'failed'; readonly why: 'unsupported' | 'data' | 'locked'; readonly message: string };

/** The one user of the engine's HTTP interface. */
export const ENGINE_USER = 'daybook';
/** Header that says in which lane a statement runs; absent = `long`. */
export const LANE_HEADER = 'x-daybook-lane';
/** Trailers of an answer: the engine's message when it failed after its first byte. */
export const EXCEPTION_TRAILER = 'x-daybook-exception';
