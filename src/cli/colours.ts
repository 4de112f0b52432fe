/** Colours for each output stream: on terminals, unless NO_COLOR is set; elsewhere only with FORCE_COLOR. */

import pc from 'picocolors';

type Colours = ReturnType<typeof pc.createColors>;

function coloursOf(stream: NodeJS.WriteStream): Colours {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  return pc.createColors(!NO_COLOR && (Boolean(FORCE_COLOR) || stream.isTTY === true));
}

/** For what goes to standard output. */
export const outputColours: Colours = coloursOf(process.stdout);
/** For what goes to standard error. */
export const errorColours: Colours = coloursOf(process.stderr);
