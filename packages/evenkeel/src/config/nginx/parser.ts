/**
 * Tokens to statements: a tree without meaning, with `include` already replaced by what the files say.
 *
 * A syntax error ends the file it is in, since what follows could mean anything; what was read before it is kept, so
 * that the problems in it are told too.
 */
import type { Position } from '../../model/model.ts'
import { expandGlob, folderOf, isGlob, type FilePort } from './files.ts'
import { Lexer, type Token } from './lexer.ts'
import type { Problems } from './problems.ts'

export interface Statement {
  /** The directive's name, then its arguments. */
  readonly words: readonly string[]
  readonly position: Position
  /** Where each word starts, for messages about an argument: line, column, line, column … */
  readonly places: readonly number[]
  /** null: it ended with `;`. */
  readonly block: Statement[] | null
}

export interface ReadFile {
  readonly path: string
  readonly text: string
}

/** Blocks in blocks: a hostile file must not exhaust the stack of who walks the tree. */
const DEEPEST_BLOCK = 100
const DEEPEST_INCLUDE = 32
/** Each file twice including the next would otherwise double without end. */
const MOST_INCLUDED = 100_000

/** Where an argument stands. */
export function wordPosition(statement: Statement, index: number): Position {
  const line = statement.places[index * 2]
  const column = statement.places[index * 2 + 1]
  if (line === undefined || column === undefined) return statement.position
  return { file: statement.position.file, line, column }
}

export class Parser {
  /** Every file read, once each, in the order of reading. */
  readonly files: ReadFile[] = []
  readonly #problems: Problems
  readonly #port: FilePort
  readonly #folder: string
  readonly #open: string[] = []
  readonly #texts = new Map<string, string>()
  #included = 0

  /** `folder` is what included files are relative to: that of the main file, with a final slash. */
  constructor(problems: Problems, port: FilePort, folder: string) {
    this.#problems = problems
    this.#port = port
    this.#folder = folder
  }

  file(path: string, text: string): Statement[] {
    if (!this.#texts.has(path)) {
      this.#texts.set(path, text)
      this.files.push({ path, text })
    }
    const statements: Statement[] = []
    this.#open.push(path)
    new FileParser(this, this.#problems, path, text, 'file').readInto(statements)
    this.#open.pop()
    return statements
  }

  /** The text of -g: statements without blocks, which stand on no line. */
  globals(text: string): Statement[] {
    const statements: Statement[] = []
    new FileParser(this, this.#problems, 'command line', text, 'globals').readInto(statements)
    return statements
  }

  include(statement: Statement, into: Statement[]): void {
    const problems = this.#problems
    const at = wordPosition(statement, 1)
    const written = statement.words[1] ?? ''
    const pattern = written.startsWith('/') ? written : this.#folder + written
    if (!isGlob(pattern)) return this.#includeOne(pattern, at, into)
    if (pattern.length > 4096) return problems.error(at, `include path is too long`)
    for (const path of expandGlob(pattern, this.#port)) this.#includeOne(path, at, into)
  }

  #includeOne(path: string, at: Position, into: Statement[]): void {
    if (this.#open.includes(path)) {
      this.#problems.error(at, `"${path}" includes itself`, 'remove one of the include directives that form the circle')
      return
    }
    if (this.#open.length > DEEPEST_INCLUDE || ++this.#included > MOST_INCLUDED) {
      this.#problems.error(at, `too many nested include directives at "${path}"`)
      return
    }
    let text = this.#texts.get(path)
    if (text === undefined) {
      const read = this.#port.read(path)
      if ('error' in read) {
        const remedy = `paths are relative to ${this.#folder === '' ? 'the working directory' : folderOf(this.#folder)}`
        this.#problems.error(at, `open() "${path}" failed (${read.error})`, remedy)
        return
      }
      text = read.text
    }
    for (const statement of this.file(path, text)) into.push(statement)
  }
}

/** Reads one file into a list of statements. */
class FileParser {
  readonly #parser: Parser
  readonly #problems: Problems
  readonly #path: string
  readonly #lexer: Lexer
  readonly #kind: 'file' | 'globals'

  constructor(parser: Parser, problems: Problems, path: string, text: string, kind: 'file' | 'globals') {
    this.#parser = parser
    this.#problems = problems
    this.#path = path
    this.#lexer = new Lexer(text)
    this.#kind = kind
  }

  readInto(top: Statement[]): void {
    const blocks: { readonly list: Statement[]; readonly opened: Statement | null }[] = [{ list: top, opened: null }]
    let words: string[] = []
    let places: number[] = []
    for (;;) {
      const token = this.#lexer.next()
      const inner = blocks[blocks.length - 1]
      if (inner === undefined) return
      switch (token.kind) {
        case 'word':
          words.push(token.text)
          places.push(token.line, token.column)
          continue
        case 'error':
          return this.#fail(token, this.#ending(token.message))
        case 'end':
          if (words.length > 0) return this.#fail(token, this.#ending('unexpected end of file, expecting ";" or "}"'))
          if (inner.opened !== null) {
            const { words: opener, position } = inner.opened
            const remedy = `the block of "${opener[0]}" opened on line ${position.line} is not closed`
            return this.#fail(token, 'unexpected end of file, expecting "}"', remedy)
          }
          return
        case '}':
          if (words.length > 0) return this.#fail(token, 'unexpected "}"', `a ";" is missing before it`)
          if (blocks.length === 1) return this.#fail(token, 'unexpected "}"', 'there is no open block to close')
          blocks.pop()
          continue
        default: {
          if (words.length === 0) return this.#fail(token, `unexpected "${token.kind}"`)
          const block: Statement[] | null = token.kind === '{' ? [] : null
          const statement: Statement = { words, places, block, position: this.#position(places[0], places[1]) }
          words = []
          places = []
          if (block === null && statement.words[0] === 'include' && statement.words.length === 2) {
            this.#parser.include(statement, inner.list)
            continue
          }
          if (block !== null && this.#kind === 'globals') {
            return this.#fail(token, 'block directives are not supported in -g option')
          }
          inner.list.push(statement)
          if (block === null) continue
          if (blocks.length > DEEPEST_BLOCK) return this.#fail(token, 'blocks are nested too deeply')
          blocks.push({ list: block, opened: statement })
        }
      }
    }
  }

  #ending(message: string): string {
    const atEnd = message.startsWith('unexpected end of file')
    return atEnd && this.#kind === 'globals' ? 'unexpected end of parameter, expecting ";"' : message
  }

  #fail(token: Token, message: string, remedy?: string): void {
    this.#problems.error(this.#position(token.line, token.column), message, remedy)
  }

  #position(line = 1, column = 1): Position {
    return { file: this.#path, line: this.#kind === 'globals' ? 0 : line, column }
  }
}
