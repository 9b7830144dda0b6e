import type { Json, Outcome } from '@daybook/protocol';
import { asideOf, at, type Delivery, eventOf, firstText, isObject, noiseOf, textAt, type Verdict } from '../delivery.ts';

/**
 * Jenkins' Notification plugin (its README, "JSON"): `{name, url, build: {number, phase, status, full_url, scm, parameters, …}}`, sent when a build is queued,
 * started, completed and finalized; and the same shape when a pipeline posts it by itself. Completed comes with every finalized: it is noise.
 *
 * Jenkins does not say who started a build unless the build's user variables (BUILD_USER_ID of the Build User Vars plugin) are among its parameters, or
 * `user` is posted by the pipeline.
 */
export function jenkins({ body }: Delivery): Verdict[] {
  const build = at(body, 'build');
  const phase = textAt(build, 'phase')?.toUpperCase();
  if (!isObject(build)) return [asideOf('no_build', 'there is no build in it: this is no notification of Jenkins')];
  if (phase === 'COMPLETED' || phase === 'QUEUED') return [noiseOf(phase.toLowerCase())];
  const status = textAt(build, 'status')?.toUpperCase();
  const user = firstText(
    textAt(body, 'user'),
    textAt(build, 'user'),
    textAt(build, 'parameters', 'BUILD_USER_ID'),
    textAt(build, 'causes', '0', 'userId'),
  );
  const job = firstText(textAt(body, 'name'), textAt(body, 'display_name'), textAt(body, 'job'));
  const number = firstText(textAt(build, 'number'), textAt(build, 'id'));
  return [
    eventOf({
      event_type: phase === undefined ? 'build' : `build.${phase.toLowerCase()}`,
      action: 'deploy',
      category: 'config',
      user_id: user,
      user_name: textAt(build, 'parameters', 'BUILD_USER'),
      actor_type: user === undefined ? 'unknown' : 'user',
      outcome: resultOf(status),
      status_code: status,
      resource: job,
      resource_type: 'job',
      resource_id: number,
      environment: firstText(
        textAt(body, 'environment'),
        textAt(build, 'parameters', 'ENVIRONMENT'),
        textAt(build, 'parameters', 'environment'),
      ),
      duration_ms: numberAt(build, 'duration'),
      event_id: job === undefined || number === undefined ? undefined : `${job}#${number}:${phase ?? status ?? ''}`,
      attributes: kept({
        ref: at(build, 'scm', 'branch'),
        sha: at(build, 'scm', 'commit'),
        repository: at(build, 'scm', 'url'),
        culprits: at(build, 'scm', 'culprits'),
        // Values of parameters may be passwords: Jenkins masks them in its own pages, not here.
        parameters: names(at(build, 'parameters')),
        url: firstText(textAt(build, 'full_url'), textAt(build, 'url')),
      }),
    }),
  ];
}

function resultOf(status: string | undefined): Outcome {
  return status === 'SUCCESS' ? 'success' : status === 'FAILURE' || status === 'UNSTABLE' ? 'failure' : 'unknown';
}

function numberAt(value: Json, step: string): number | undefined {
  const found = at(value, step);
  return typeof found === 'number' && found >= 0 ? found : undefined;
}

function names(parameters: Json | undefined): string[] | undefined {
  return isObject(parameters) ? Object.keys(parameters) : undefined;
}

function kept(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined && value !== null && value !== ''));
}
