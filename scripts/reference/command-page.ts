import type { Command } from 'commander';

/** Every command with its arguments and flags. Flags of `serve` are the settings. */
export function commandPage(program: Command): string {
  const intro = `${program.description()} Each command tells more by \`--help\`. The server is named by \`--url\` and \`--token\`, else by \`DAYBOOK_URL\` and \`DAYBOOK_TOKEN\`, else it is the one that runs beside \`./data\` (or \`DAYBOOK_DATA\`) as the same user. Exit status: 0 all well, 1 something was found or failed, 2 the command line was wrong.`;
  return [intro, ...program.commands.flatMap((command) => section(command, 'daybook'))].join('\n\n');
}

function section(command: Command, path: string): string[] {
  const name = `${path} ${command.name()}`;
  if (command.commands.length > 0) return command.commands.flatMap((sub) => section(sub, name));
  const usage = [
    name,
    ...command.registeredArguments.map((a) => `${a.required ? '<' : '['}${a.name()}${a.variadic ? '…' : ''}${a.required ? '>' : ']'}`),
  ].join(' ');
  const title = `## ${name}\n\n\`${usage}\`: ${command.description()}.`;
  if (command.name() === 'serve') return [`${title}\n\nIts flags are the [settings](settings.md).`];
  const rows = command.options.map(
    (option) => `| \`${option.flags.replaceAll('|', '\\|')}\` | ${option.description.replaceAll('|', '\\|')} |`,
  );
  return [rows.length === 0 ? title : [title, '', '| flag | meaning |', '|---|---|', ...rows].join('\n')];
}
