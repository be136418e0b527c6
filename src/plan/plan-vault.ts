// The vault as the plan sees it: nothing is opened, and it is noted which domains keep tokens there, and in what format.

import { StrategyRefusal, type TokenVault } from '../strategy.ts';

export interface PlanVault extends TokenVault {
  /** The domains that asked for it so far, sorted. */
  domains(): readonly string[];
}

/** @throws {StrategyRefusal} from `tokens`, for a domain that has two formats: a value would have two tokens */
export function planVault(): PlanVault {
  const formats = new Map<string, string>();
  const early = (): never => {
    throw new Error('a plan has no values');
  };
  return {
    tokens(domain, format) {
      const known = formats.get(domain) ?? format;
      if (known !== format) {
        throw new StrategyRefusal(
          `the tokens of domain "${domain}" are made with other options elsewhere`,
          'Give both columns the same options, or a `domain` of their own.',
        );
      }
      formats.set(domain, format);
      return { note: early, findOrDraw: early };
    },
    domains: () => [...formats.keys()].sort(),
  };
}
