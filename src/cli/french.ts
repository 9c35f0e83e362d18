/** commander in French: titles of the help, and what is said of a wrong call. */
import { Command, type CommanderError } from 'commander';

const TITLES: Readonly<Record<string, string>> = {
  'Usage:': 'Utilisation :',
  'Arguments:': 'Arguments :',
  'Options:': 'Options :',
  'Commands:': 'Commandes :',
};

/** A command that prints no error by itself and never ends the process: the caller does both. */
export function frenchCommand(name: string): Command {
  return new Command(name)
    .exitOverride()
    .configureHelp({
      styleTitle: (title) => TITLES[title] ?? title,
      styleUsage: (usage) => usage.replace('[command]', '[commande]'),
      optionDescription: (option) => option.description,
      argumentDescription: (argument) => argument.description,
    })
    .configureOutput({ outputError: () => undefined })
    .helpOption('-h, --help', 'afficher cette aide')
    .showSuggestionAfterError(false);
}

const WRONG_CALLS: Readonly<Record<string, string>> = {
  'commander.missingArgument': 'argument obligatoire absent',
  'commander.optionMissingArgument': "valeur d'option absente",
  'commander.missingMandatoryOptionValue': 'option obligatoire absente',
  'commander.unknownOption': 'option inconnue',
  'commander.unknownCommand': 'commande inconnue',
  'commander.excessArguments': "trop d'arguments",
  'commander.invalidArgument': 'valeur refusée',
  'commander.conflictingOption': 'options incompatibles',
};

/** What was wrong with the call; undefined when commander only showed the help or the version. */
export function wrongCall(error: CommanderError): string | undefined {
  if (error.exitCode === 0) return undefined;
  if (error.code === 'commander.help') return 'commande absente';
  const what = WRONG_CALLS[error.code] ?? 'appel incorrect';
  // The message of commander is English; what it quotes is the part of the call at fault.
  const quoted = [...error.message.matchAll(/'([^']+)'/g)].map((found) => found[1] ?? '');
  const reason = error.code === 'commander.invalidArgument' ? /\. (.+)$/.exec(error.message)?.[1] : undefined;
  const subject = error.code === 'commander.excessArguments' ? [] : quoted.slice(0, 2);
  return [[what, subject.join(', ')].filter((text) => text !== '').join(' : '), reason]
    .filter((text) => text !== undefined)
    .join('. ');
}
