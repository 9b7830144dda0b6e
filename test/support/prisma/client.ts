import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { getPrismaClient } from '@prisma/client/runtime/client';
import { parseJson } from '@daybook/protocol';

type Rows = readonly Readonly<Record<string, unknown>>[];
type Ask<Answer> = (args: object) => Promise<Answer>;

interface Model {
  create: Ask<Rows[0]>;
  createMany: Ask<{ readonly count: number }>;
  findMany: Ask<Rows>;
  findUnique: Ask<Rows[0] | null>;
  findUniqueOrThrow: Ask<Rows[0]>;
  update: Ask<Rows[0]>;
  upsert: Ask<Rows[0]>;
  delete: Ask<Rows[0]>;
  deleteMany: Ask<{ readonly count: number }>;
  count(): Promise<number>;
  aggregate: Ask<object>;
  groupBy: Ask<Rows>;
}

/** What of the client of schema.prisma is used here, typed by hand: the types that Prisma generates are 100 kB. */
export interface Shop {
  readonly person: Model;
  readonly order: Model;
  $queryRaw(text: TemplateStringsArray, ...values: readonly unknown[]): Promise<Rows>;
  $queryRawUnsafe(text: string): Promise<Rows>;
  $executeRaw(text: TemplateStringsArray, ...values: readonly unknown[]): Promise<number>;
  $executeRawUnsafe(text: string): Promise<number>;
  $transaction<T>(work: (tx: Shop) => Promise<T>): Promise<T>;
  $transaction(work: readonly Promise<unknown>[]): Promise<unknown[]>;
  $extends(extension: object): Shop;
  $disconnect(): Promise<void>;
}

const require = createRequire(import.meta.url);
const COMPILER = '@prisma/client/runtime/query_compiler_fast_bg';

/** A real Prisma client on a PostgreSQL, as its generator made it (see refresh.mjs): its runtime, its query compiler, its driver adapter. */
export function openShop(url: string): Shop {
  const config = parseJson(readFileSync(path.join(import.meta.dirname, 'client.json'), 'utf8')) as Parameters<typeof getPrismaClient>[0];
  const PrismaClient = getPrismaClient({
    ...config,
    compilerWasm: {
      getRuntime: async () => require(`${COMPILER}.postgresql.js`) as never,
      getQueryCompilerWasmModule: async () => {
        const { wasm } = require(`${COMPILER}.postgresql.wasm-base64.js`) as { readonly wasm: string };
        // Node's types do not name it.
        const { Module } = Reflect.get(globalThis, 'WebAssembly') as { readonly Module: new (bytes: Buffer) => object };
        return new Module(Buffer.from(wasm, 'base64'));
      },
      importName: './query_compiler_fast_bg.js',
    },
  });
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) }) as unknown as Shop;
}

/** The tables of schema.prisma, with the constraints that its migration would make. */
export const SHOP_TABLES = [
  'CREATE TABLE "Person" (id int PRIMARY KEY, email text NOT NULL UNIQUE, name text)',
  'CREATE TABLE "Order" (id int PRIMARY KEY, total int NOT NULL, "personId" int NOT NULL REFERENCES "Person")',
];
