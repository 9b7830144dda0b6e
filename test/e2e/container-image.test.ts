import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseJson } from '@daybook/protocol';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../harness/daybook.ts';
import { contextFiles, environmentOf, execForm, lastOf, parseDockerfile } from '../harness/dockerfile.ts';

const DIR = path.join(ROOT, 'packaging', 'docker');
const stages = parseDockerfile(readFileSync(path.join(DIR, 'Dockerfile'), 'utf8'));
const image = stages.at(-1) ?? { from: '', name: undefined, instructions: [] };
const release = (parseJson(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;

interface Service {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly [key: string]: unknown;
}
interface Compose {
  readonly services: { readonly daybook: Service };
  readonly volumes: Readonly<Record<string, unknown>>;
}

describe('the Dockerfile', () => {
  it('begins with an exact version on glibc', () => {
    for (const { from } of stages) expect(from).toMatch(/^node:\d+\.\d+\.\d+-bookworm-slim$/);
  });
  it('copies what exists', () => {
    const names = new Set(stages.map(({ name }) => name));
    const copies = stages.flatMap(({ instructions }) => instructions.filter(({ word }) => word === 'COPY' || word === 'ADD'));
    expect(copies.length).toBeGreaterThan(1);
    expect(copies.filter(({ word }) => word !== 'COPY')).toEqual([]);
    const sources = copies.flatMap(({ rest }) => (rest.startsWith('--from=') ? [] : rest.split(/\s+/).slice(0, -1)));
    expect(sources.filter((source) => !existsSync(path.join(ROOT, source)))).toEqual([]);
    const stagesNamed = copies.flatMap(({ rest }) => /^--from=(\S+)/.exec(rest)?.[1] ?? []);
    expect(stagesNamed.filter((name) => !names.has(name))).toEqual([]);
  });
  it('runs the program as nobody special, and says how it is stopped and watched', () => {
    expect(lastOf(image, 'USER')).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
    expect(lastOf(image, 'STOPSIGNAL')).toBe('SIGTERM');
    expect(execForm(lastOf(image, 'ENTRYPOINT'))[0]).toBe('node');
    expect(execForm(lastOf(image, 'HEALTHCHECK'))[0]).toBe('node');
  });
  it('keeps data and key in volumes of their own', () => {
    const volumes = parseJson(lastOf(image, 'VOLUME')) as string[];
    const { DAYBOOK_DATA: data = '', DAYBOOK_SIGNING_KEY: key = '' } = environmentOf(image);
    const volumeOf = (file: string) => volumes.find((volume) => file.startsWith(`${volume}/`));
    expect(volumeOf(data)).toBeDefined();
    expect(volumeOf(key)).toBeDefined();
    expect(volumeOf(key)).not.toBe(volumeOf(data));
  });
  it('holds no secret', () => {
    const text = JSON.stringify(stages);
    expect(text).not.toMatch(/TOKEN|PASSWORD|SECRET|PRIVATE KEY/i);
  });
});

it('the context of a build holds what the build needs, and nothing of a checkout besides', () => {
  const files = contextFiles(ROOT);
  expect(files).toEqual(
    expect.arrayContaining(['package-lock.json', 'LICENSE', '.npmrc', 'scripts/pack.ts', 'packages/cli/bin/daybook.js']),
  );
  expect(files.filter((file) => /node_modules|(^|\/)dist\/|\.test\.ts$|\.key$|\.env|^data|^\.git/.test(file))).toEqual([]);
});

describe('compose.yaml', () => {
  const { services, volumes } = parse(readFileSync(path.join(DIR, 'compose.yaml'), 'utf8')) as Compose;
  const { daybook } = services;
  it('permits little', () => {
    expect(daybook).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(daybook['privileged'] ?? daybook['user']).toBeUndefined();
    expect(daybook['ports']).toEqual(['127.0.0.1:7717:7717']);
  });
  it('runs this release, with secrets of the user and volumes that it declares', () => {
    expect(daybook.image).toBe(`daybook:${release}`);
    expect(daybook.environment['DAYBOOK_ADMIN_TOKEN']).toMatch(/^\$\{DAYBOOK_ADMIN_TOKEN:\?/);
    expect(daybook.volumes.map((volume) => volume.split(':')[0]).sort()).toEqual(Object.keys(volumes).sort());
    const mounted = daybook.volumes.map((volume) => volume.split(':')[1]);
    expect(mounted).toEqual(expect.arrayContaining(parseJson(lastOf(image, 'VOLUME')) as string[]));
    expect(mounted).toContain(daybook.environment['DAYBOOK_CHECKPOINT_SINK']);
  });
});

it('what the guide says for Kubernetes fits the image', () => {
  const guide = readFileSync(path.join(ROOT, 'docs', 'operate', 'install.md'), 'utf8');
  const { spec } = parse(/^```yaml\n([\s\S]*?)^```$/m.exec(guide)?.[1] ?? '') as {
    spec: { replicas: number; template: { spec: PodSpec } };
  };
  const [uid = '', gid = ''] = lastOf(image, 'USER').split(':');
  const pod = spec.template.spec;
  const user = { runAsUser: Number(uid), runAsGroup: Number(gid), fsGroup: Number(gid), fsGroupChangePolicy: 'OnRootMismatch' };
  expect(spec.replicas).toBe(1);
  expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, ...user });
  const [container] = pod.containers;
  expect(container).toMatchObject({ image: `daybook:${release}`, ports: [{ containerPort: Number(lastOf(image, 'EXPOSE')) }] });
  const mounted = container?.volumeMounts.map(({ mountPath }) => mountPath);
  expect(mounted).toEqual(expect.arrayContaining(parseJson(lastOf(image, 'VOLUME')) as string[]));
  expect(guide.match(/daybook:\d+\.\d+\.\d+/g)?.filter((tag) => tag !== `daybook:${release}`)).toEqual([]);
});

interface PodSpec {
  readonly securityContext: unknown;
  readonly containers: readonly { readonly volumeMounts: readonly { readonly mountPath: string }[] }[];
}
