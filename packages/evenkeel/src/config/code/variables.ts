/**
 * Variables in the texts of a typed configuration, checked by the compiler: a name that is neither built in nor made by
 * the configuration is a red line where it stands.
 *
 * Texts are taken apart as literal types, once each. A text that is not a literal (`process.env.X`) says nothing, and one
 * such text ends the check of all: then the same is told when the configuration is read.
 */
import type { BuiltInVariable, VariableFamily } from './keys.ts'

/**
 * The texts of a configuration; one with a variable that nobody makes becomes another text, which is what the compiler
 * shows where it stands. `Making` are texts that make variables: keys of maps, words of `set`, patterns.
 */
export type Checked<Text extends string, Making extends string> = string extends Text | Making
  ? Text
  : Known<Text, Used<Making> | Groups<Making | Text>>

type Known<Text extends string, Own extends string> = Text extends string
  ? Told<Text, Exclude<Lowercase<Used<Text>>, Fine | Lowercase<Own>>>
  : never

type Told<Text extends string, Unknown extends string> = [Unknown] extends [never]
  ? Text
  : `there is no variable $${Unknown}`

/** `$` without a name, and groups of patterns by their number. */
type Fine = '' | `${Digit}${string}` | BuiltInVariable | `${VariableFamily}${string}`

/** Names behind `$`, in braces or not. */
type Used<Text extends string, Found = never> = Text extends `${string}$${infer Rest}`
  ? Used<Rest, Found | NameAt<Rest extends `{${infer Inner}` ? Inner : Rest>>
  : Extract<Found, string>

type NameAt<Text extends string, Name extends string = ''> = Text extends `${infer First}${infer Rest}`
  ? First extends Letter | Digit
    ? NameAt<Rest, `${Name}${First}`>
    : Name
  : Name

/** Named groups of patterns: `(?<name>…)`. */
type Groups<Text extends string, Found = never> = Text extends `${string}(?${'P' | ''}<${infer Name}>${infer Rest}`
  ? Groups<Rest, Found | Name>
  : Extract<Found, string>

type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9'
type Small =
  | ('a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' | 'j' | 'k' | 'l' | 'm')
  | ('n' | 'o' | 'p' | 'q' | 'r' | 's' | 't' | 'u' | 'v' | 'w' | 'x' | 'y' | 'z')
type Letter = Small | Uppercase<Small> | '_'
