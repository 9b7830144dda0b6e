// A resolve hook: adds the `source` condition, as `node --conditions=source` would, to a process that is already running.
export function resolve(specifier, context, next) {
  return next(specifier, { ...context, conditions: ['source', ...context.conditions] });
}
