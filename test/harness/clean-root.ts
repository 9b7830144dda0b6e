import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './daybook.ts';
import { contextFiles, environmentOf, lastOf, parseDockerfile, type Stage } from './dockerfile.ts';
import { mustSucceed } from './installed.ts';
import { runIn } from './nspawn.ts';

const MIRROR = 'http://deb.debian.org/debian';
/** What the image of Node has, and systemd for the service. */
const PACKAGES = ['systemd', 'systemd-sysv', 'dbus', 'ca-certificates', 'libstdc++6', 'procps'];
/** Settings of this machine's npm that a build here needs to reach a registry, as build arguments of an image would. */
const PASSED_ON = /^(?:npm_config_(?:registry|cafile|proxy|https_proxy|noproxy)|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS)$/i;

/** A Debian with nothing but its base and a Node with npm, laid out as the official image of Node is. */
export function makeBase(root: string, node: string): void {
  const include = `--include=${PACKAGES.join(',')}`;
  execFileSync('debootstrap', ['--variant=minbase', include, 'bookworm', root, MIRROR], { stdio: ['ignore', 'ignore', 'inherit'] });
  copyFileSync(node, path.join(root, 'usr/local/bin/node'));
  chmodSync(path.join(root, 'usr/local/bin/node'), 0o755);
  const npm = path.resolve(realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim()), '..', '..');
  cpSync(npm, path.join(root, 'usr/local/lib/node_modules/npm'), { recursive: true });
  for (const name of ['npm', 'npx']) symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, path.join(root, `usr/local/bin/${name}`));
  const certificates = process.env['NODE_EXTRA_CA_CERTS'];
  if (certificates === undefined) return;
  mkdirSync(path.dirname(path.join(root, certificates)), { recursive: true });
  copyFileSync(certificates, path.join(root, certificates));
}

export function copyRoot(from: string, to: string): void {
  execFileSync('cp', ['-a', '--reflink=auto', from, to]);
}

/** Flags under which npm runs inside as it does outside, from the same cache. */
export function npmFlags(): string[] {
  const cache = execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim();
  mkdirSync(cache, { recursive: true });
  const passed = Object.entries(process.env).filter(([name]) => PASSED_ON.test(name));
  return [
    `--bind=${cache}:/root/.npm`,
    '--resolv-conf=copy-host',
    '--setenv=npm_config_prefer_offline=true',
    '--setenv=npm_config_update_notifier=false',
    ...passed.map(([name, value]) => `--setenv=${name}=${value ?? ''}`),
  ];
}

/** Carries out our Dockerfile on copies of a base, step by step; resolves with the last stage, whose root is at `<dir>/image`. */
export async function buildImage(text: string, base: string, dir: string): Promise<Stage> {
  const stages = parseDockerfile(text);
  const rootOf = (stage: Stage) => path.join(dir, stage.name ?? 'image');
  for (const stage of stages) {
    const root = rootOf(stage);
    copyRoot(base, root);
    let workdir = '/';
    for (const { word, rest } of stage.instructions) {
      if (word === 'WORKDIR') {
        workdir = rest;
        mkdirSync(path.join(root, workdir), { recursive: true });
      } else if (word === 'RUN') {
        const flags = [`--chdir=${workdir}`, ...npmFlags(), ...setenv(environmentOf(stage))];
        mustSucceed(await runIn(root, ['sh', '-euc', rest], flags));
      } else if (word === 'COPY') copy(rest, { root, workdir, from: (name) => rootOf(mustFind(stages, name)) });
    }
  }
  return mustFind(stages, undefined);
}

export const setenv = (env: Readonly<Record<string, string>>): string[] =>
  Object.entries(env).map(([name, value]) => `--setenv=${name}=${value}`);

/** Flags of the container that the image and compose.yaml ask for. */
export function imageFlags(stage: Stage, volumes: Readonly<Record<string, string>>): string[] {
  return [
    '--read-only',
    '--drop-capability=all',
    '--no-new-privileges=yes',
    '--user=daybook',
    `--chdir=${lastOf(stage, 'WORKDIR')}`,
    `--kill-signal=${lastOf(stage, 'STOPSIGNAL')}`,
    ...Object.entries(volumes).map(([inside, outside]) => `--bind=${outside}:${inside}`),
    ...setenv(environmentOf(stage)),
  ];
}

function copy(rest: string, place: { readonly root: string; readonly workdir: string; readonly from: (name: string) => string }): void {
  const [first = '', ...paths] = rest.split(/\s+/);
  const name = /^--from=(.+)$/.exec(first)?.[1];
  if (name !== undefined) {
    const [source = '', target = ''] = paths;
    execFileSync('cp', ['-a', path.join(place.from(name), source), path.join(place.root, target)]);
    return;
  }
  if (rest !== '. .') throw new Error(`COPY ${rest}: this builder knows \`. .\` and --from only`);
  for (const file of contextFiles(ROOT)) {
    const target = path.join(place.root, place.workdir, file);
    mkdirSync(path.dirname(target), { recursive: true });
    copyFileSync(path.join(ROOT, file), target);
  }
}

function mustFind(stages: readonly Stage[], name: string | undefined): Stage {
  const found = stages.find((stage) => stage.name === name);
  if (found === undefined) throw new Error(`the Dockerfile has no stage ${name ?? 'without a name'}`);
  return found;
}
