/** Parameters that arrays do not show. */

import { LlmcError } from '../../container/errors.js';

/**
 * Asks for all parameters that are missing, at once.
 *
 * @throws LlmcError `argument` where a parameter is undefined.
 */
export function requireParameters(codec: string, parameters: Readonly<Record<string, unknown>>): void {
  const missing = Object.entries(parameters)
    .filter(([, value]) => value === undefined)
    .map(([name]) => name);
  if (missing.length > 0) {
    throw new LlmcError(
      'argument',
      `codec ${codec} needs ${missing.join(', ')}, which an array does not show`,
    );
  }
}
