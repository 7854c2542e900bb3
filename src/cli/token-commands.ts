import type { Command } from 'commander'
import type { RevokeFlags, TokenListFlags } from './commands/tokens.ts'
import { printTokens, revokeToken, revokeTokensOf, showToken } from './commands/tokens.ts'
import type { CommonFlags, Run } from './common-options.ts'
import { toName } from './arguments.ts'
import { by, common, paged } from './common-options.ts'

const NAME = 'the name of the token: the jti of a JWT, never the token itself'

/** Adds the commands for tokens. */
export function addTokenCommands (tokens: Command, run: Run): void {
  common(paged(tokens.command('list').description('list tokens that have not expired')
    .option('--user <id>', 'only tokens of this user')))
    .action(async (flags: TokenListFlags & CommonFlags) => await run(
      flags, async context => await printTokens(context, flags)
    ))

  common(tokens.command('show').description('show all that is known of a token')
    .argument('<id>', NAME, toName))
    .action(async (id: string, flags: CommonFlags) => await run(flags, async context => await showToken(context, id)))

  common(by(tokens.command('revoke').description('revoke a token, permanently')
    .argument('<id>', NAME, toName)))
    .action(async (id: string, flags: RevokeFlags & CommonFlags) => await run(
      flags, async context => await revokeToken(context, id, flags)
    ))

  common(by(tokens.command('revoke-user').description('revoke all tokens of a user, permanently')
    .argument('<user>', 'the id of the user', toName)))
    .action(async (user: string, flags: RevokeFlags & CommonFlags) => await run(
      flags, async context => await revokeTokensOf(context, user, flags)
    ))
}
