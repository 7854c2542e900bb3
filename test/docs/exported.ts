import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** Reads the exports of the package's entries, values and types, by the TypeScript compiler. */

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The entries, by the names under which an application imports them. */
const ENTRIES = {
  'fastify-session-security': 'src/index.ts',
  'fastify-session-security/client': 'src/client/index.ts',
  'fastify-session-security/client/react': 'src/client/react.ts',
  'fastify-session-security/client/vue': 'src/client/vue.ts',
  'fastify-session-security/client/element': 'src/client/session-warning.ts',
  'fastify-session-security/env': 'src/env.ts',
  'fastify-session-security/redis': 'src/redis.ts',
  'fastify-session-security/metrics': 'src/metrics.ts',
  'fastify-session-security/testing': 'src/testing.ts'
}

/** Returns the names that an entry exports, with the public members of each. */
export type Exports = ReadonlyMap<string, readonly string[]>

/** By entry. */
export function readExports (): ReadonlyMap<string, Exports> {
  const { config } = ts.readConfigFile(`${root}src/testing/tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, `${root}src/testing`)
  const program = ts.createProgram(Object.values(ENTRIES).map(file => root + file), { ...options, noEmit: true })
  const checker = program.getTypeChecker()
  return new Map(Object.entries(ENTRIES).map(([entry, file]) => {
    const source = program.getSourceFile(root + file)
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source)
    if (module === undefined) throw new Error(`${file} exports nothing`)
    return [entry, new Map(checker.getExportsOfModule(module).map(symbol => [symbol.name, membersOf(symbol, checker)]))]
  }))
}

function membersOf (symbol: ts.Symbol, checker: ts.TypeChecker): readonly string[] {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  if ((target.flags & ts.SymbolFlags.Type) === 0) return []
  const type = checker.getDeclaredTypeOfSymbol(target)
  const parts = type.isUnion() ? type.types : [type]
  const members = parts.filter(part => part.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection))
    .flatMap(part => checker.getPropertiesOfType(part)).filter(isPublic)
  return [...new Set(members.map(({ name }) => name))].sort()
}

/** Other packages document their own declarations. */
function isPublic (member: ts.Symbol): boolean {
  const declarations = member.declarations ?? []
  const isOwn = declarations.some(declaration => declaration.getSourceFile().fileName.startsWith(`${root}src/`))
  return isOwn && !declarations.some(isHidden) && !member.getJsDocTags().some(({ name }) => name === 'internal')
}

function isHidden (declaration: ts.Declaration): boolean {
  const flags = ts.ModifierFlags.Private | ts.ModifierFlags.Protected
  return ts.isPrivateIdentifier(ts.getNameOfDeclaration(declaration) ?? declaration) ||
    (ts.getCombinedModifierFlags(declaration) & flags) !== 0
}
